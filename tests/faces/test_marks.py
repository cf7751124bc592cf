"""What a page is made of: each part that can look otherwise in an old browser counts."""

from __future__ import annotations

import pytest

from tests.faces.marks import Marks

PAGE = '<main class="page"><input type="text"><p class="hint soft">A</p></main>'


def test_a_page_of_known_parts_has_nothing_new() -> None:
    marks = Marks()
    assert marks.new_in(PAGE) == {"main", ".page", "input text", "p", ".hint", ".soft"}
    assert marks.new_in(PAGE.replace(">A<", ">another text<")) == set()


@pytest.mark.parametrize(
    ("part", "new"),
    [
        ('<input type="date">', "input date"),
        ("<video></video>", "video"),
        ('<p class="hint wide">', ".wide"),
        ('<p data-clock="3">', "data-clock"),
        ('<p aria-live="polite">', "aria-live"),
        ('<script src="/static/new.js"></script>', "/static/new.js"),
        ('<link rel="stylesheet" href="/static/new.css">', "/static/new.css"),
    ],
)
def test_a_part_that_no_page_had_is_new(part: str, new: str) -> None:
    marks = Marks()
    marks.new_in(PAGE)
    assert new in marks.new_in(PAGE.replace("</main>", f"{part}</main>"))
