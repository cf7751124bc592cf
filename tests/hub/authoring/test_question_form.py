"""A question as a form and back: the same question, for every type; faults at their field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from content.model.course import TRUE_FALSE, FileRef, Question
from content.model.refused import Refused
from content.transfer.blobs import BlobStore
from hub.authoring import question_form, question_media
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


@pytest.mark.parametrize("question", EVERY, ids=lambda question: question.type)
def test_a_question_comes_back_from_its_form(question: Question, tmp_path: object) -> None:
    parsed, errors = question_form.question_from(
        question_form.fields_of(question), question, _blobs(tmp_path)
    )
    assert errors == {}
    assert parsed == question


def test_a_question_keeps_the_pictures_it_had_and_gets_no_other(tmp_path: object) -> None:
    blobs = _blobs(tmp_path)
    sha = blobs.add_bytes(PNG)
    ref = FileRef(f"media/{sha[:24]}.png", len(PNG), sha)
    rich = Question(
        "r", "single", f'看图<img src="/media/{sha}">', ("<b>甲</b>", "乙"), "A", rich=True,
        media=(ref,),
    )  # fmt: skip
    fields = question_form.fields_of(rich)
    assert question_form.question_from(fields, rich, blobs) == (rich, {})
    other = fields | {"text": f'看图<img src="/media/{"0" * 64}">'}
    assert set(question_form.question_from(other, rich, blobs)[1]) == {
        "alt-1"
    }  # its own picture has no place in the text
    other |= {"file-1": "0" * 64}
    assert set(question_form.question_from(other, rich, blobs)[1]) == {"text"}
    named = fields | {"file-1": "0" * 64}
    assert set(question_form.question_from(named, rich, blobs)[1]) == {"text"}
    acts = fields | {"text": fields["text"] + "<script>alert(1)</script>"}
    parsed, errors = question_form.question_from(acts, rich, blobs)
    assert parsed is not None
    assert "script" not in parsed.text


@pytest.mark.parametrize(
    ("at", "changed", "field"),
    [
        (0, {"text": ""}, "text"),
        (0, {"answer": ""}, "answer"),
        (0, {"answer": "AB"}, "answer"),
        (0, {"answer": "?"}, "answer"),
        (0, {"option-1": "甲"}, "option-1"),
        (0, {"option-2": "丙", "answer": "D"}, "answer"),
        (0, {"option-0": "", "option-2": "丙", "answer": "A"}, "answer"),
        (0, {"option-1": "长" * 1001}, "option-1"),
        (0, {"explain": "长" * 4001}, "explain"),
        (0, {"text": "题 [[图1]]"}, "text"),
        (1, {"option-2": ""}, "answer"),
        (1, {"answer": "A"}, "answer"),
        (2, {"answer": "也许"}, "answer"),
        (3, {"answer": "一"}, "answer"),
        (4, {"number-0": "几"}, "number-0"),
        (4, {"off-0": "多"}, "number-0"),
        (4, {"number-0": "", "number-1": ""}, "number-0"),
        (5, {"pair-1": ""}, "pair-1"),
        (5, {"pair-0": "D"}, "pair-0"),
        (5, {"prompt-1": ""}, "prompt-1"),
        (5, {"prompt-1": "左"}, "prompt-1"),
        (6, {"answer": "AB"}, "answer"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    at: int, changed: dict[str, str], field: str, tmp_path: object
) -> None:
    fields = question_form.fields_of(EVERY[at]) | changed
    parsed, errors = question_form.question_from(fields, EVERY[at], _blobs(tmp_path))
    assert parsed is None
    assert set(errors) == {field}
    assert errors[field].endswith("。")


def test_everything_that_is_wrong_is_said_at_once(tmp_path: object) -> None:
    parsed, errors = question_form.question_from(
        {}, question_form.blank("single"), _blobs(tmp_path)
    )
    assert parsed is None
    assert set(errors) == {"text", "option-0", "answer"}
    fields = {"text": "题", "option-2": "甲", "option-5": "乙", "answer": "F"}
    parsed, errors = question_form.question_from(
        fields, question_form.blank("single"), _blobs(tmp_path)
    )
    assert errors == {}
    assert parsed is not None
    assert (parsed.options, parsed.answer) == (("甲", "乙"), "B")
    assert parsed.id.startswith("q-")


@pytest.mark.parametrize("question", EVERY, ids=lambda question: question.type)
def test_a_new_question_of_every_type_begins_empty(question: Question, tmp_path: object) -> None:
    blank = question_form.blank(question.type)
    assert (
        question_form.question_from(question_form.fields_of(blank), blank, _blobs(tmp_path))[0]
        is None
    )
    parsed, errors = question_form.question_from(
        question_form.fields_of(question), blank, _blobs(tmp_path)
    )
    assert errors == {}
    assert parsed is not None
    assert replace(parsed, id=question.id, see_item=question.see_item, see_second=3) == replace(
        question, see_second=3
    )


FRESH = {"token-of-a-picture-1": PNG, "token-of-a-sound-12": b"ID3" + b"\0" * 64}
NEW = question_form.fields_of(EVERY[0]) | {
    "text": "看[[图1]]，\n再听[[音 2]]。",
    "option-0": "[[图1]]",
    "file-1": "fresh:token-of-a-picture-1",
    "alt-1": '秤的<铭牌> "三级"',
    "file-2": "fresh:token-of-a-sound-12",
}


def test_what_was_handed_in_with_the_form_stands_where_its_mark_stood(tmp_path: object) -> None:
    blobs = _blobs(tmp_path)
    parsed, errors = question_form.question_from(NEW, EVERY[0], blobs, FRESH.get)
    assert errors == {}
    assert parsed is not None
    picture, sound = (blobs.add_bytes(FRESH[name]) for name in FRESH)
    assert [ref.sha256 for ref in parsed.media] == [picture, sound]
    assert parsed.text.startswith(f'看<img src="/media/{picture}" alt="')
    assert f'<audio src="/media/{sound}" controls' in parsed.text
    assert "铭牌" in parsed.text
    assert f"/media/{picture}" in parsed.options[0]
    fields = question_form.fields_of(parsed)
    assert (fields["html"], fields["text"]) == ("", "看[[图1]]，\n再听[[音2]]。")
    assert (fields["option-0"], fields["option-1"]) == ("[[图1]]", "乙")
    assert fields["alt-1"] == '秤的＜铭牌＞ "三级"'
    assert question_form.question_from(fields, parsed, blobs) == (parsed, {})
    bare = fields | {"text": "看什么？", "option-0": "甲", "file-1": "", "file-2": ""}
    parsed, errors = question_form.question_from(bare, parsed, blobs)
    assert errors == {}
    assert parsed is not None
    assert (parsed.rich, parsed.media, parsed.text) == (False, (), "看什么？")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"alt-1": " "}, "alt-1"),
        ({"text": "看[[图1]]"}, "alt-2"),
        ({"file-2": "fresh:nobody-has-this-token"}, "alt-2"),
        ({"file-2": "../../hub.key"}, "text"),
    ],
)
def test_a_file_without_its_words_or_its_place_is_told(
    changed: dict[str, str], field: str, tmp_path: object
) -> None:
    parsed, errors = question_form.question_from(
        NEW | changed, EVERY[0], _blobs(tmp_path), FRESH.get
    )
    assert (parsed, set(errors)) == (None, {field})


def test_a_file_is_told_by_what_is_in_it() -> None:
    assert not question_media.check_file(PNG, len(PNG), "任何名字.exe")
    assert question_media.check_file(b"OggS", 9, "声.ogg")
    for head, size in ((b"MZ\x90\0", 9), (b"<html><script>", 9), (b"%PDF-1.4", 9), (b"", 0)):
        with pytest.raises(Refused, match="media-kind"):
            question_media.check_file(head, size, "图.png")
    with pytest.raises(Refused, match="media-large"):
        question_media.check_file(PNG, 1_000_001, "图.png")


def test_the_size_that_an_author_gave_a_picture_stays(tmp_path: object) -> None:
    blobs = _blobs(tmp_path)
    sha = blobs.add_bytes(PNG)
    ref = FileRef(f"media/{sha[:24]}.png", len(PNG), sha)
    text = f'一<img src="/media/{sha}" alt="甲" width="120">二'
    question = Question("r", "essay", text, answer="*", rich=True, media=(ref,))
    fields = question_form.fields_of(question)
    assert (fields["text"], fields["size-1"]) == ("一[[图1]]二", "120x")
    assert question_form.question_from(fields, question, blobs) == (question, {})
    hostile = fields | {"size-1": '1" onerror="x'}
    parsed, _errors = question_form.question_from(hostile, question, blobs)
    assert parsed is not None
    assert "onerror" not in parsed.text


def test_the_answer_is_read_as_people_write_it(tmp_path: object) -> None:
    blobs = _blobs(tmp_path)
    for written in ("√", "对", "正确", "T"):
        fields = question_form.fields_of(EVERY[2]) | {"answer": written}
        assert question_form.question_from(fields, EVERY[2], blobs)[0] == replace(
            EVERY[2], answer="A"
        )
    fields = question_form.fields_of(EVERY[1]) | {"answer": "a、b"}
    assert question_form.question_from(fields, EVERY[1], blobs)[0] == replace(EVERY[1], answer="AB")


def _blobs(tmp_path: object) -> BlobStore:
    from pathlib import Path

    return BlobStore(Path(str(tmp_path)) / "blobs")
