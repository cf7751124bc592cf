"""content.scorm.elsewhere: what a package loads from other servers is found."""

import time
from pathlib import Path

import pytest

from content import scorm
from content.scorm.elsewhere import servers
from tests.scorm import Part, package

LOADS = {
    "a.html": [
        '<iframe width=1 src="https://video.example/x">',
        "<IMG SRC=//pics.example/1.png>",
        "<script src='http://cdn.example:8080/a.js'></script>",
        '<link rel="stylesheet" href="https://css.example/a.css">',
        '<link href="https://css.example/a.css" rel=stylesheet>',
        '<video controls\nposter="https://film.example/p.jpg">',
        '<style>@import "https://css.example/b.css"; a { background: url(//pics.example/b.png) }',
        '<script>fetch("https://api.example/v1")</script>',
    ],
    "a.css": ['@font-face { src: url("https://fonts.example/f.woff2") }'],
    "a.js": [
        's.src = "https://stat.example/s.js";',
        'x.open("GET", "https://api.example/v1?x", true)',
        "import('https://mod.example/m.js')",
    ],
}
NAMES = {
    "a.html": [
        '<a href="https://www.example.org/">',
        '<!-- <script src="https://old.example/shim.js"></script> -->',
        '<html xmlns="http://www.w3.org/1999/xhtml">',
        '<link rel="canonical" href="https://www.example.org/">',
        '<img src="pics/1.png"><script src="/a.js"></script><iframe src="//">',
    ],
    "a.css": ["/* url(local.png) from https://fonts.example */ a { background: url(b.png) }"],
    "m.js": ['fetch("https://metrics.articulate.com/v1/import")'],
    "a.js": ["// https://jquery.com/", 'ns = "http://www.w3.org/2000/svg"', 'e.src = "a.png"'],
    "a.txt": ['<img src="https://pics.example/1.png">'],
    "a.bin": ['<img src="https://pics.example/1.png">'],
}


def flat(cases: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(name, text) for name, texts in cases.items() for text in texts]


@pytest.mark.parametrize(("name", "text"), flat(LOADS))
def test_what_a_page_loads_from_elsewhere_is_found(name: str, text: str) -> None:
    found = list(servers(name, text.encode()))
    assert found
    assert all(server.endswith(".example") for server in found)


@pytest.mark.parametrize(("name", "text"), flat(NAMES))
def test_what_a_page_only_names_is_no_remark(name: str, text: str) -> None:
    assert list(servers(name, text.encode())) == []


def test_an_author_is_told_once_with_the_servers_and_the_number_of_files(tmp_path: Path) -> None:
    many = "".join(f'<img src="https://p{n}.example/x">' for n in range(8))
    raw = package(
        Part("a", "一", "a.html"),
        files={"a.html": many, "b.html": many, "c.html": "<p>", "d.txt": many},
    )
    (tmp_path / "up.zip").write_bytes(raw)
    [note] = scorm.inspect(tmp_path / "up.zip").notes
    assert (note.code, note.values["count"]) == ("scorm-elsewhere", 2)
    assert str(note.values["servers"]).endswith("p4.example … (+3)")


def test_pages_made_to_be_searched_for_ever_are_not() -> None:
    began = time.process_time()
    pieces = (b"<!--", b"<img ", b"<link rel=", b"url( ", b'src="https://', b"a.src = ", b"<")
    for piece in pieces:
        list(servers("a.html", piece * (200_000 // len(piece))))
    for begins in (b"url(", b"@import ", b"<img src=", b"<link rel=", b"a.src=", b".open("):
        list(servers("a.html", begins + b" " * 200_000))
    assert time.process_time() - began < 5
