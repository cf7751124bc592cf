"""A question as a form and back: the same question, for every type; faults at their field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from content.blobs import BlobStore
from content.course import TRUE_FALSE, FileRef, Question
from hub import asking
from tests.content.conftest import PNG

EVERY = (
    Question(
        "s", "single", "题", ("甲", "乙"), "B", "因为", "video", 3, chapter="一", difficulty=2
    ),
    Question("m", "multiple", "题", ("甲", "乙", "丙"), "AC"),
    Question("t", "truefalse", "题", TRUE_FALSE, "B"),
    Question("f", "fill", "从____到____。", (), "一|1‖二"),
    Question("n", "numeric", "几？", (), "#9.8~0.1|10~0"),
    Question("p", "matching", "连", ("甲", "乙", "丙"), "=B-", prompts=("左", "右")),
    Question("o", "ordering", "排", ("甲", "乙", "丙"), ">CAB"),
    Question("e", "essay", "论", (), "*要点\n两行"),
)


@pytest.mark.parametrize("question", EVERY, ids=lambda one: one.type)
def test_a_question_comes_back_from_its_form(question: Question, tmp_path: object) -> None:
    made, errors = asking.question_from(asking.fields_of(question), question, _blobs(tmp_path))
    assert errors == {}
    assert made == question


def test_a_question_keeps_the_pictures_it_had_and_gets_no_other(tmp_path: object) -> None:
    blobs = _blobs(tmp_path)
    sha = blobs.add_bytes(PNG)
    ref = FileRef(f"media/{sha[:24]}.png", len(PNG), sha)
    rich = Question(
        "r", "single", f'看图<img src="/media/{sha}">', ("<b>甲</b>", "乙"), "A", rich=True,
        media=(ref,),
    )  # fmt: skip
    fields = asking.fields_of(rich)
    assert asking.question_from(fields, rich, blobs) == (rich, {})
    other = fields | {"text": fields["text"].replace(sha, "0" * 64)}
    assert set(asking.question_from(other, rich, blobs)[1]) == {"text"}
    acts = fields | {"text": fields["text"] + "<script>alert(1)</script>"}
    made, errors = asking.question_from(acts, rich, blobs)
    assert made is not None
    assert "script" not in made.text


@pytest.mark.parametrize(
    ("at", "changed", "field"),
    [
        (0, {"text": ""}, "text"),
        (0, {"answer": ""}, "answer"),
        (0, {"answer": "AB"}, "answer"),
        (0, {"answer": "?"}, "answer"),
        (0, {"option-1": "甲"}, "option-0"),
        (0, {"option-1": ""}, "answer"),
        (2, {"answer": "也许"}, "answer"),
        (3, {"answer": "一"}, "answer"),
        (4, {"answer": "几"}, "answer"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    at: int, changed: dict[str, str], field: str, tmp_path: object
) -> None:
    fields = asking.fields_of(EVERY[at]) | changed
    made, errors = asking.question_from(fields, EVERY[at], _blobs(tmp_path))
    assert made is None
    assert set(errors) == {field}
    assert errors[field].endswith("。")


def test_the_answer_is_read_as_people_write_it(tmp_path: object) -> None:
    blobs = _blobs(tmp_path)
    for written in ("√", "对", "正确", "T"):
        fields = asking.fields_of(EVERY[2]) | {"answer": written}
        assert asking.question_from(fields, EVERY[2], blobs)[0] == replace(EVERY[2], answer="A")
    fields = asking.fields_of(EVERY[1]) | {"answer": "a、b"}
    assert asking.question_from(fields, EVERY[1], blobs)[0] == replace(EVERY[1], answer="AB")


def _blobs(tmp_path: object) -> BlobStore:
    from pathlib import Path

    return BlobStore(Path(str(tmp_path)) / "blobs")
