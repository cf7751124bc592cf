"""Paper page: what the page of a paper shows and where it sends, for an exam and for a mock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaperPage:
    """One sitting, as ``exam/paper.html`` and ``exam/hand_in.html`` need it."""

    title: str
    exam: str  # what scripts call it: "course/item", or the course of a mock
    number: int
    ordinal: int  # which try people call it
    limit_ms: int
    page: str  # this opening of it (``node.learning.exams.open_pages``)
    api: str
    paper_url: str
    save_url: str
    ask_url: str
    done_url: str
    mock: bool = False
