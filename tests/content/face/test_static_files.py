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
