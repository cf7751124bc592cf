"""What every page promises, read from the sources: contrast, words, old browsers.

How pages look in a browser is in ``tests/node/web/test_axe.py`` and its neighbours.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from jinja2.ext import extract_from_ast

from content.face import STATIC, words

ROOT = Path(__file__).resolve().parent.parent
SHEET = (STATIC / "xuezhan.css").read_text("utf-8")
MOST_SHEET_BYTES = 40_000
MOST_TEMPLATE_LINES = 150
CHINESE = re.compile(r"[\u4e00-\u9fff]")

# What Chromium 86 does not know, and the first version that does. What old browsers may safely
# ignore is not listed (text-underline-offset, for example: 87).
NEWER_THAN_86 = {
    r":has\(": 105,
    r":is\(": 88,
    r":where\(": 88,
    r"aspect-ratio": 88,
    r"[\s;{]inset(-inline|-block)?:": 87,
    r"@container": 105,
    r"@layer": 99,
    r"color-mix\(": 111,
    r"accent-color": 93,
    r"\d(dvh|svh|lvh|dvw|cqw)\b": 108,
    r"oklch\(|oklab\(|\blab\(": 111,
    r"text-wrap": 114,
    r"text-autospace": 119,
    r"subgrid": 117,
    r"overflow:\s*clip": 90,
    r"@media[^{]*[<>]": 104,
    r"[\s;{](translate|rotate|scale):": 104,
    r"^\s*&": 112,
    r":not\([^()]*,": 88,
}
NEWER_SCRIPT = {
    r"\.at\(-?\d": 92,
    r"structuredClone\(": 98,
    r"Object\.hasOwn\(": 93,
    r"crypto\.randomUUID|crypto\.subtle": 92,
    r"\.findLast\(|\.toSorted\(|\.toReversed\(": 97,
    r"AbortSignal\.timeout|AbortSignal\.any": 103,
    r"\.inert\b": 102,
    r"static\s*\{": 94,
    r"^await\s": 89,
}


def _files(*endings: str) -> list[Path]:
    """Files of the faces with these endings, without third-party ones (vendor/)."""
    paths = chain.from_iterable((ROOT / top).rglob("*") for top in ("content", "node", "hub"))
    return sorted(p for p in paths if p.suffix in endings and "vendor" not in p.parts)


TEMPLATES = [p for p in _files(".html") if "templates" in p.parts]
SHEETS, SCRIPTS = _files(".css"), _files(".js", ".mjs")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|\{#.*?#\}|(?<![:\w])//[^\n]*", "", text, flags=re.DOTALL)


# Colours


def _luminance(colour: str) -> float:
    if len(colour) == 4:
        colour = "#" + "".join(c * 2 for c in colour[1:])
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(colour: str, other: str) -> float:
    light, dark = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PALETTE = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", SHEET))


@pytest.mark.parametrize("ground", ["paper", "sheet", "green-wash", "amber-wash", "red-wash"])
@pytest.mark.parametrize("text", ["ink", "soft", "green", "amber", "red"])
def test_every_text_colour_reads_on_every_ground(text: str, ground: str) -> None:
    assert _contrast(PALETTE[text], PALETTE[ground]) >= 4.5


@pytest.mark.parametrize("ground", ["green", "green-deep", "red"])
def test_white_reads_on_every_button(ground: str) -> None:
    assert _contrast("#ffffff", PALETTE[ground]) >= 4.5


@pytest.mark.parametrize("ground", ["paper", "sheet"])
@pytest.mark.parametrize("line", ["rule-strong", "green", "amber", "red"])
def test_edges_of_fields_and_signs_stand_out(line: str, ground: str) -> None:
    assert _contrast(PALETTE[line], PALETTE[ground]) >= 3


# Old browsers, size, nothing from outside


@pytest.mark.parametrize("path", SHEETS, ids=_name)
def test_style_sheets_use_nothing_newer_than_chromium_86(path: Path) -> None:
    text = _without_comments(path.read_text("utf-8"))
    assert [f for f in NEWER_THAN_86 if re.search(f, text, re.MULTILINE)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=_name)
def test_scripts_use_nothing_newer_than_chromium_86(path: Path) -> None:
    text = _without_comments(path.read_text("utf-8"))
    assert [f for f in NEWER_SCRIPT if re.search(f, text, re.MULTILINE)] == []


@pytest.mark.parametrize("path", [*TEMPLATES, *SHEETS, *SCRIPTS], ids=_name)
def test_pages_load_nothing_from_another_server(path: Path) -> None:
    text = _without_comments(path.read_text("utf-8")).replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_templates_carry_no_inline_style_or_script(path: Path) -> None:
    text = _without_comments(path.read_text("utf-8"))
    assert re.findall(r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_templates_are_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) < MOST_TEMPLATE_LINES


def test_the_style_sheet_stays_small() -> None:
    assert len(SHEET.encode()) <= MOST_SHEET_BYTES


# Words


def _template_words(path: Path) -> Iterator[str]:
    tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
    for _line, _function, message in extract_from_ast(tree, gettext_functions=["_"]):
        # A text with placeholders comes as a tuple with None for each value.
        parts = message if isinstance(message, tuple) else (message,)
        yield from (text for text in parts if isinstance(text, str))


def _template_constants(path: Path) -> Iterator[str]:
    tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
    yield from (c.value for c in tree.find_all(nodes.Const) if isinstance(c.value, str))


@cache
def _python(top: str) -> tuple[ast.AST, ...]:
    """The syntax nodes of a program's modules, read once and kept."""
    paths = sorted((ROOT / top).rglob("*.py"))
    return tuple(node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8"))))


def _python_words(top: str) -> Iterator[str]:
    """``_("…")``, and ``words = "…"`` of an error class, which its page translates with ``_``."""
    for node in _python(top):
        text: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            text = node.args[0] if node.func.id in ("_", "gettext") else None
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = node.value if node.targets[0].id == "words" else None
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            yield text.value


def _python_constants(top: str) -> Iterator[str]:
    for node in _python(top):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _english(top: str) -> dict[str, str]:
    folder = ROOT / top / ("face/words" if top == "content" else "words")
    return dict(words.load(folder).languages.get("en", {}))


def _templates_of(top: str) -> list[Path]:
    return [path for path in TEMPLATES if path.relative_to(ROOT).parts[0] == top]


@pytest.mark.parametrize("top", ["content", "node", "hub"])
def test_every_word_on_a_page_has_its_english(top: str) -> None:
    texts = set(_python_words(top))
    for path in _templates_of(top):
        texts.update(_template_words(path))
    known = _english(top) | _english("content")
    assert sorted(text for text in texts if CHINESE.search(text) and text not in known) == []


@pytest.mark.parametrize("top", ["content", "node", "hub"])
def test_no_english_stands_without_a_page_that_says_it(top: str) -> None:
    # An application also says the faults that content/ finds.
    texts = set(_python_constants(top)) | set(_python_constants("content"))
    for path in _templates_of(top):
        texts.update(_template_constants(path))
    assert sorted(set(_english(top)) - texts) == []


@pytest.mark.parametrize("top", ["content", "node", "hub"])
def test_both_languages_name_the_same_placeholders(top: str) -> None:
    named = re.compile(r"%\((\w+)\)|\{(\w+)\}")
    wrong = [
        chinese
        for chinese, english in _english(top).items()
        if sorted(set(named.findall(chinese))) != sorted(set(named.findall(english)))
    ]
    assert wrong == []


@pytest.mark.parametrize("path", SCRIPTS, ids=_name)
def test_scripts_get_their_words_from_the_page(path: Path) -> None:
    text = _without_comments(path.read_text("utf-8"))
    assert [line for line in text.splitlines() if CHINESE.search(line)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_no_chinese_stands_outside_of_words(path: Path) -> None:
    text = _without_comments(path.read_text("utf-8"))
    bare = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.DOTALL)
    assert [line for line in bare.splitlines() if CHINESE.search(line)] == []
