"""hub.authoring.bank_preview: what is odd about questions before they go into a bank."""

from dataclasses import replace

from content.model.course import Question
from content.questions.model.report import Imported, ReadingReport, SourcePlace
from hub.authoring.bank_preview import (
    BARE,
    KNOWN,
    NO_MODEL,
    OTHER_KEY,
    REMARKED,
    TWICE,
    BankPreview,
    preview_of,
)

CHOICE = Question("", "single", "甲？", ("一", "二"), "A", "因为")


def read(*questions: Question, remarked: int = 0) -> Imported:
    """What a reader makes of these; ``remarked`` is the number of one that lost something."""
    report = ReadingReport("题.gift")
    for number, question in enumerate(questions, 1):
        place = SourcePlace(7 * number, "名" * 80)
        if number == remarked:
            report.remark("note-partial", place)
        report.add(question, "", place)
    report.remark("note-hints", SourcePlace())
    return report.outcome("gift")


def odd(preview: BankPreview) -> list[tuple[int, tuple[str, ...], int]]:
    return [(one.number, one.odd, one.like) for one in preview.questions]


def test_what_may_be_wrong_comes_first_and_is_named() -> None:
    bare = replace(CHOICE, text="乙？", explain="")
    other = replace(CHOICE, text=" 甲 ？", options=("二", "一"), answer="A")
    moved = replace(CHOICE, text="甲？ ", options=("二", "一"), answer="B")
    essay = Question("", "essay", "丁？", answer="*")
    preview = preview_of(
        read(CHOICE, bare, other, moved, essay, CHOICE, remarked=2), "题", (), is_there=False
    )
    assert odd(preview) == [
        (2, (REMARKED, BARE), 0),
        (3, (OTHER_KEY,), 1),
        (5, (NO_MODEL,), 0),
        (1, (), 0),
        (4, (), 0),
        (6, (TWICE,), 1),
    ]
    assert [fault.code for fault in preview.remarks] == ["note-hints"]
    assert preview.filters() == (("odd", 3), ("", 6), (TWICE, 1), (BARE, 1))
    assert (preview.fresh, preview.same, preview.refused, preview.total) == (5, 1, 0, 6)


def test_questions_are_compared_with_those_of_the_bank() -> None:
    there = (CHOICE, replace(CHOICE, text="乙？", answer="B"))
    preview = preview_of(read(CHOICE, replace(CHOICE, text="乙？")), "题", there, is_there=True)
    assert odd(preview) == [(2, (OTHER_KEY,), 0), (1, (KNOWN,), 0)]
    assert (preview.fresh, preview.same) == (1, 1)


def test_a_bank_without_anything_odd_begins_with_all() -> None:
    assert preview_of(read(CHOICE), "题", (), is_there=False).filters() == (("", 1),)
