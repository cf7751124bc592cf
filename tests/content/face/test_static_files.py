"""Static files with their hash in the address."""

import gzip
from pathlib import Path

import pytest

from content.face.static_files import YEAR, StaticFiles
from content.face.wiring import face

LONG = "a { color: #123456 }\n" * 100


@pytest.fixture
def shelf(tmp_path: Path) -> StaticFiles:
    (tmp_path / "sub").mkdir()
    (tmp_path / "base.css").write_text("p {}")
    (tmp_path / "long.css").write_text(LONG)
    (tmp_path / "sub" / "dot.svg").write_text("<svg/>")
    (tmp_path / "notes.txt").write_text("not served")
    return StaticFiles(tmp_path, "/face/", {"all.css": ("base.css", "long.css")})


def _mark(shelf: StaticFiles, name: str) -> str:
    return shelf.url(name).split("/")[2]


def test_an_address_carries_the_hash_and_is_kept_for_a_year(shelf: StaticFiles) -> None:
    assert shelf.url("sub/dot.svg").startswith("/face/")
    reply = shelf.answer(_mark(shelf, "sub/dot.svg"), "sub/dot.svg")
    assert reply is not None
    assert (reply.status, reply.body) == (200, b"<svg/>")
    assert reply.headers["Cache-Control"] == YEAR
    assert reply.headers["Content-Type"] == "image/svg+xml"


def test_a_changed_file_has_another_address(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("p {}")
    before = StaticFiles(tmp_path, "/face").url("a.css")
    (tmp_path / "a.css").write_text("b {}")
    assert StaticFiles(tmp_path, "/face").url("a.css") != before


def test_an_old_address_gives_todays_file_but_not_for_a_year(shelf: StaticFiles) -> None:
    reply = shelf.answer("0000000000", "base.css")
    assert reply is not None
    assert reply.body == b"p {}"
    assert reply.headers["Cache-Control"] == "no-cache"


def test_long_texts_go_compressed_to_who_takes_it(shelf: StaticFiles) -> None:
    reply = shelf.answer(_mark(shelf, "long.css"), "long.css", accepts="gzip, deflate")
    assert reply is not None
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(reply.body).decode() == LONG
    plain = shelf.answer(_mark(shelf, "long.css"), "long.css")
    assert plain is not None
    assert plain.body.decode() == LONG
    assert plain.headers["Vary"] == "Accept-Encoding"


def test_what_the_browser_has_is_not_sent_again(shelf: StaticFiles) -> None:
    mark = _mark(shelf, "base.css")
    reply = shelf.answer(mark, "base.css", known=f'"{mark}"')
    assert reply is not None
    assert (reply.status, reply.body) == (304, b"")


def test_a_bundle_is_its_parts_in_order(shelf: StaticFiles) -> None:
    reply = shelf.answer("", "all.css")
    assert reply is not None
    assert reply.body.decode() == "p {}\n" + LONG


@pytest.mark.parametrize("name", ["notes.txt", "../secret.css", "missing.css", ""])
def test_nothing_but_the_files_of_the_folder_is_served(shelf: StaticFiles, name: str) -> None:
    assert shelf.answer("0", name) is None


def test_a_misspelt_name_in_a_template_is_told(shelf: StaticFiles) -> None:
    with pytest.raises(KeyError, match="bass.css"):
        shelf.url("bass.css")


def test_the_style_sheet_goes_over_the_wire_in_less_than_twelve_kilobytes() -> None:
    reply = face().shelf.answer("", "xuezhan.css", accepts="gzip")
    assert reply is not None
    assert len(reply.body) < 12_000
    assert b"modern-normalize" in gzip.decompress(reply.body)


def _modules(folder: Path, **bodies: str) -> StaticFiles:
    for name, body in bodies.items():
        path = folder / f"{name.replace('__', '/')}.js"
        path.parent.mkdir(exist_ok=True)
        path.write_text(body)
    return StaticFiles(folder, "/own")


def _body(files: StaticFiles, name: str) -> str:
    reply = files.answer(_mark(files, name), name)
    assert reply is not None
    assert reply.headers["Cache-Control"] == YEAR
    return reply.body.decode()


@pytest.mark.parametrize(
    "source",
    [
        'import { ask } from "%s";',
        "import { ask } from '%s';",
        'import {\n  ask,\n  token,\n} from "%s";',
        'import "%s";',
        'export { ask } from "%s";',
        'export * from "%s";',
        'const { ask } = await import("%s");',
        'go(old ? import("%s") : null);',
    ],
)
def test_a_module_names_another_by_the_address_of_that_file(tmp_path: Path, source: str) -> None:
    files = _modules(tmp_path, api="export const ask = 1;", exam__exam=source % "../api.js")
    assert _body(files, "exam/exam.js") == source % files.url("api.js")


def test_a_changed_module_changes_the_addresses_of_all_that_import_it(tmp_path: Path) -> None:
    sources = {
        "page": 'import "./middle.js";',
        "middle": 'import "./api.js";',
        "aside": "export {};",
    }
    before = _modules(tmp_path, api="export const a = 1;", **sources)
    after = _modules(tmp_path, api="export const a = 2;", **sources)
    changed = {n for n in ("api", "middle", "page", "aside") if _urls_differ(before, after, n)}
    assert changed == {"api", "middle", "page"}


def _urls_differ(before: StaticFiles, after: StaticFiles, name: str) -> bool:
    return before.url(f"{name}.js") != after.url(f"{name}.js")


@pytest.mark.parametrize(
    "source",
    [
        'import { x } from "/vendor/lib-1.0/lib.js";',
        'const text = "import { x } from nowhere";',
        '// import { x } from "./nowhere.js";',
        'throw new Error("./nowhere.js");',
        'export const from = (x) => x;\nshow(from("./nowhere.js"));',
    ],
)
def test_what_is_an_address_or_no_import_stays_as_it_is(tmp_path: Path, source: str) -> None:
    assert _body(_modules(tmp_path, page=source), "page.js") == source


def test_modules_that_import_each_other_are_refused_with_the_circle(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"circle: a\.js → b\.js → c\.js → a\.js"):
        _modules(tmp_path, a='import "./b.js";', b='import "./c.js";', c='import("./a.js");')


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            'import "./nowhere.js";',
            r"page\.js imports \./nowhere\.js: there is no file nowhere\.js",
        ),
        ('import "../../up.js";', r"there is no file \.\./\.\./up\.js"),
        ('import "api.js";', r"page\.js imports api\.js: begin it with"),
        ("await import(name);", r"page\.js computes the name of a module"),
    ],
)
def test_an_import_that_cannot_be_named_is_refused_at_start(
    tmp_path: Path, source: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        _modules(tmp_path, page=source, api="export {};")
