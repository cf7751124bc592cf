"""The documents say what is there: settings, errors, links, commands, and nothing from outside."""

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest

import content.model.errors
import hub.authoring.errors
import hub.config
import hub.errors
import hub.intake.apply
import hub.intake.errors
import hub.intake.history
import hub.operations.errors
import hub.people.errors
import hub.publishing.errors
import node.config
import node.courses.trust_errors
import node.errors
import node.learning.exams.errors
import node.link.certificates
import node.sign_in.errors
import node.stick.errors
import sync.errors
from tests import rooms
from tests.screens import CHOSEN, index_of_chosen
from tests.test_imports import LAYERS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
ROW = re.compile(r"^\| `([a-z_-]+)` \|", re.MULTILINE)
TREES: tuple[type[Exception], ...] = (
    sync.errors.SyncError,
    content.model.errors.ContentError,
    node.errors.NodeError,
    hub.errors.HubError,
)


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _codes(tree: type[Exception]) -> set[str]:
    """The codes of a base and everything below it."""
    below = {code for leaf in tree.__subclasses__() for code in _codes(leaf)}
    return {str(vars(tree).get("code", ""))} - {""} | below


@pytest.mark.parametrize(
    ("end", "config"), [("Node", node.config.Config), ("Hub", hub.config.Config)]
)
def test_every_setting_is_documented_with_its_default(
    end: str, config: type[node.config.Config] | type[hub.config.Config]
) -> None:
    section = _text(DOCS / "settings.md").partition(f"## {end}:")[2].partition("\n## ")[0]
    assert ROW.findall(section) == [field.name for field in fields(config)]
    for field in fields(config):
        if field.name != "data" and field.default != "":
            assert f"| `{field.name}` | `{field.default}` |" in section


def test_every_error_code_is_documented_and_no_other() -> None:
    known = set().union(*(_codes(tree) for tree in TREES))
    known |= {verdict.refusal for verdict in hub.intake.history.Verdict} - {""}
    known |= {hub.intake.apply.FORK}
    assert set(ROW.findall(_text(DOCS / "errors.md"))) == known


def test_every_document_is_in_the_index() -> None:
    index = _text(DOCS / "index.md")
    assert [page.name for page in DOCS.glob("*.md") if page.name not in index] == ["index.md"]


def _links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)#\s]+)[^)]*\)", _text(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_documents_lead_to_files_here(page: Path) -> None:
    for link in _links(page):
        assert "://" not in link, f"{page.name} links to another server: {link}"
        assert (page.parent / link).exists(), f"{page.name} links to {link}"


# A path in backticks, as documents for engineers write it.
PATH = re.compile(
    r"`((?:node|hub|sync|content|install|tests|docs|build)/[^`\s]*|Makefile|[\w-]+\.md)`"
)
GUIDES = (
    ROOT / "CONTRIBUTING.md",
    *(DOCS / name for name in ("architecture.md", "glossary.md", "style.md")),
)
NOT_KEPT = "build/"  # made by commands, ignored by git


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_every_path_that_a_guide_names_exists(page: Path) -> None:
    paths = [path for path in PATH.findall(_text(page)) if not path.startswith(NOT_KEPT)]
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_layers_are_told_as_the_tests_keep_them() -> None:
    section = _text(ROOT / "CONTRIBUTING.md").partition("## The layers")[2].partition("\n## ")[0]
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    layers = {
        program: tuple(cell.replace("`", "") for cell in column if cell)
        for program, *column in zip(head, *rows, strict=True)
    }
    assert layers == LAYERS


def test_the_guide_fits_its_page_and_answers_what_newcomers_ask() -> None:
    lines = _text(ROOT / "CONTRIBUTING.md").splitlines()
    table = _text(ROOT / "CONTRIBUTING.md").partition("| I want to")[2].partition("\n\n")[0]
    assert len(lines) <= 110
    assert len(table.splitlines()) >= 20


def test_the_picture_of_the_rooms_is_drawn_from_the_imports_as_they_are() -> None:
    same = _text(rooms.TARGET) == rooms.draw()
    assert same, "docs/rooms.svg is old: python -m tests.rooms"
    assert rooms.TARGET.stat().st_size < 60_000


def test_the_repository_carries_few_small_pictures_and_names_each() -> None:
    pictures = sorted(path for path in (DOCS / "screens").iterdir() if path.suffix != ".md")
    assert [path.name for path in pictures] == sorted(f"{name}.webp" for name in CHOSEN)
    assert len(pictures) <= 20
    assert sum(path.stat().st_size for path in pictures) <= 2_000_000
    assert _text(DOCS / "screens" / "index.md") == index_of_chosen()


def test_the_newest_version_of_the_changelog_is_the_program_s() -> None:
    version = tomllib.loads(_text(ROOT / "pyproject.toml"))["project"]["version"]
    released = re.findall(r"^## (\d[\d.]*) – \d{4}-\d\d-\d\d$", _text(ROOT / "CHANGELOG.md"), re.M)
    assert released[0] == version
    assert released == sorted(released, key=lambda v: [int(n) for n in v.split(".")], reverse=True)


# What the table beside others says of us -> the figure of bench.json that it comes from.
TOLD = {
    "sync.first.ip_bytes": (1_000, "{:.0f} kB, 1"),
    "sync.increment20.ip_bytes": (1_000, "| {:.1f} kB |"),
    "sync.idle.ip_bytes": (1_000, "| {:.1f} kB |"),
    "node.start_s": (1, "| {:.1f} "),
    "node.idle_rss_mb": (1, "| {:.0f} MB |"),
    "node.installed_mb": (1, "| {:.0f} MB |"),
    "node.first_page.bytes": (1_000, "| {:.0f} kB, 4"),
}


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_figures_of_the_readme_are_those_that_were_measured(name: str) -> None:
    figures = json.loads(_text(ROOT / "bench.json"))
    text = _text(ROOT / name).replace("，", ", ")
    phrases = {
        figure: form.format(figures[figure]["value"] / by) for figure, (by, form) in TOLD.items()
    }
    assert {figure: words for figure, words in phrases.items() if words not in text} == {}


def test_decisions_are_numbered_and_whole() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for page in pages:
        parts = re.findall(r"^\*\*(\w+)\.\*\*", _text(page), re.MULTILINE)
        assert parts == ["Context", "Options", "Choice", "Cost"], page.name


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_commands_of_the_readme_exist(name: str) -> None:
    from install import dev

    text = _text(ROOT / name)
    make = set(re.findall(r"\bmake ([a-z]+)", text))
    targets = set(re.findall(r"^([a-z ]+):", _text(ROOT / "Makefile"), re.MULTILINE))
    assert make <= {target for line in targets for target in line.split()}
    assert set(re.findall(r"install/dev\.py ([a-z]+)", text)) <= set(dev.VERBS)
    for script in re.findall(r"\b((?:install|docs|tests|sync|content)/[\w./-]+)", text):
        assert (ROOT / script.rstrip(".")).exists(), script
    for module in re.findall(r"python -m ([\w.]+)", text):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


@pytest.mark.parametrize("end", ["node", "hub"])
def test_verbs_in_the_documents_exist(end: str) -> None:
    from hub.__main__ import cli as hub_cli
    from node.__main__ import cli as node_cli

    command = node_cli if end == "node" else hub_cli
    there = set(command.list_commands(click.Context(command)))
    spoken = {
        verb
        for page in PAGES
        for verb in re.findall(rf"xuezhan-{end} (?:--data \S+ )?([a-z]+)", _text(page))
    }
    assert spoken <= there | {"and"}
    assert there <= set(re.findall(r"[a-z]+", _text(ROOT / "README.md")))


# Addresses from which a page or script of ours could fetch something.
FETCHES = re.compile(
    r"""(?:src|href|action|poster|data)\s*=\s*["']\s*(?:https?:)?//
      | url\(\s*["']?(?:https?:)?//
      | @import\s+["'](?:https?:)?//
      | (?:fetch|import|open)\(\s*["'`](?:https?:)?//
      | from\s+["'](?:https?:)?//""",
    re.VERBOSE,
)


def test_no_page_loads_anything_from_another_server() -> None:
    own = [
        path
        for folder in ("node", "hub", "content")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".html", ".css", ".js", ".svg", ".py"}
    ]
    assert own
    outside = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in own
        if (match := FETCHES.search(path.read_text("utf-8", "replace")))
    ]
    assert outside == []


def test_each_test_that_the_page_of_attacks_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (DOCS / "attacks.md").read_text("utf-8"))
    assert len(named) > 30
    missing = [
        f"{path}::{name}"
        for path, name in named
        if f"def {name}(" not in (ROOT / path).read_text("utf-8")
    ]
    assert missing == []
