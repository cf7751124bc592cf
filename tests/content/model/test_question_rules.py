"""What a question may be: all types, and what would give its answer away."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.model.course import (
    LETTERS,
    QUESTION_TYPES,
    TRUE_FALSE,
    Course,
    ExamSettings,
    FileRef,
    Item,
    Question,
)
from content.model.errors import ContentFaults, MalformedManifest
from content.model.limits import MAX_OPTIONS, MAX_WRITTEN_CHARS
from content.model.picture_sound import is_picture, is_sound
from content.model.question_rules import (
    MAX_DIFFICULTY,
    check,
    has_formula,
    right_response,
    written_chars,
)
from content.packs.manifest import to_values
from content.packs.pack import open_manifest, seal_manifest
from content.packs.without_answers import closed
from content.source.build_pack import build
from content.source.folder import read_folder
from content.transfer.blobs import BlobStore
from sync.facts.grading import right
from sync.records import MAX_NAME_CHARS
from tests.content.conftest import KEY, PNG

FILE = FileRef("pictures/the-right-one.png", 28, "ab" * 32)
SHOWN = f'<p>看图</p><img src="/media/{FILE.sha256}" alt="秤">'
FIVE = ("立案", "调查", "告知", "决定", "送达")
GOOD = {
    "single": Question("q", "single", "问", ("甲", "乙"), "A"),
    "multiple": Question("q", "multiple", "问", ("甲", "乙", "丙"), "AC"),
    "truefalse": Question("q", "truefalse", "问", TRUE_FALSE, "B"),
    "fill": Question("q", "fill", "____年____月", (), "两|2‖三"),
    "numeric": Question("q", "numeric", "几", (), "#9.8~0.1|10~0"),
    "matching": Question("q", "matching", "配", FIVE, "=BA-", prompts=("子", "丑", "寅")),
    "ordering": Question("q", "ordering", "排", FIVE, ">ABCDE"),
    "essay": Question("q", "essay", "谈", (), "*要点"),
}
RICH = replace(GOOD["single"], text=SHOWN, rich=True, media=(FILE,))


def codes(question: Question, answered: bool = True) -> list[str]:
    fault_codes: list[str] = []

    def fault(code: str, name: str = "", /, **_values: str | int) -> None:
        fault_codes.append(code)

    check(question, fault, answered=answered)
    return fault_codes


def course(*questions: Question, exam: bool = False) -> Course:
    settings = ExamSettings(1, 15, 60, 2) if exam else None
    item = Item("i", "exam" if exam else "practice", "题", questions=questions, exam=settings)
    return Course("c", 1, "课", items=(item,))


def opened(original: Course) -> Course:
    return open_manifest(seal_manifest(original, KEY), KEY.public)


def said(question: Question, key: str) -> list[str]:
    """The options that a key names, in its order."""
    return [question.options[LETTERS.index(letter)] for letter in key if letter in LETTERS]


def test_there_is_a_good_one_of_every_type() -> None:
    assert set(GOOD) == set(QUESTION_TYPES)
    assert all(codes(question) == [] for question in (*GOOD.values(), RICH))


@pytest.mark.parametrize("kind", QUESTION_TYPES)
def test_a_right_response_is_right(kind: str) -> None:
    key = GOOD[kind].answer
    assert right(right_response(key), key) == (kind != "essay")


def test_as_many_letters_as_options_may_be() -> None:
    assert len(LETTERS) == MAX_OPTIONS


@pytest.mark.parametrize("kind", QUESTION_TYPES)
def test_a_question_of_every_type_comes_back_from_a_practice(kind: str) -> None:
    question = replace(GOOD[kind], explain="因为", chapter="第一章", difficulty=MAX_DIFFICULTY)
    back = opened(course(question)).items[0].questions[0]
    assert said(back, back.answer) == said(question, question.answer)
    if kind not in ("matching", "ordering"):
        assert back == question


def test_a_rich_question_comes_back_with_its_files() -> None:
    back = opened(course(RICH))
    assert back.items[0].questions[0].text == SHOWN
    assert [ref.sha256 for ref in back.files()] == [FILE.sha256]


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (replace(GOOD["single"], answer=""), "no-answer"),
        (replace(GOOD["single"], answer="AB"), "answer-single"),
        (replace(GOOD["multiple"], answer="CA"), "answer-multiple"),
        (replace(GOOD["multiple"], answer="AD"), "answer-names-no-option"),
        (replace(GOOD["truefalse"], options=("是", "否")), "options-not-wanted"),
        (replace(GOOD["fill"], options=("是", "否")), "options-not-wanted"),
        (replace(GOOD["fill"], answer="两"), "fill-blank"),
        (replace(GOOD["fill"], answer=""), "no-answer"),
        (replace(GOOD["fill"], answer="长" * 200 + "‖三"), "field-long"),
        (replace(GOOD["numeric"], answer="9.8"), "answer-number"),
        (replace(GOOD["numeric"], answer="#9.8"), "answer-number"),
        (replace(GOOD["numeric"], answer="#"), "no-answer"),
        (replace(GOOD["matching"], answer="=BA"), "answer-matching"),
        (replace(GOOD["matching"], answer="BAC"), "answer-matching"),
        (replace(GOOD["matching"], answer="=---"), "no-answer"),
        (replace(GOOD["ordering"], answer=">ABCD"), "answer-ordering"),
        (replace(GOOD["ordering"], answer="ABCDE"), "answer-ordering"),
        (replace(GOOD["essay"], answer="要点"), "no-answer"),
        (replace(GOOD["single"], options=("甲", "甲")), "option-twice"),
        (replace(GOOD["single"], options=("甲", "长" * 1001)), "field-long"),
        (replace(GOOD["single"], text=""), "field-empty"),
        (replace(GOOD["single"], text="问\x07"), "field-control"),
        (replace(GOOD["single"], media=(FILE,)), "media-not-shown"),
        (replace(RICH, media=()), "markup-unsafe"),
        (replace(RICH, text="<p>问</p>"), "media-not-shown"),
        (replace(RICH, text="<p>", media=()), "markup-unsafe"),
        (replace(RICH, text="</p><p>", media=()), "markup-unsafe"),
        (replace(RICH, text="<p>1 < 2</p>", media=()), "markup-unsafe"),
        (replace(RICH, text="<script>1</script>", media=()), "markup-unsafe"),
        (replace(RICH, text='<p onclick="x()">问</p>', media=()), "markup-unsafe"),
        (replace(RICH, text='<a href="javascript:x()">问</a>', media=()), "markup-unsafe"),
        (replace(RICH, text='<img src="/keeper">', media=()), "markup-unsafe"),
        (replace(RICH, explain="<style>p{}</style>"), "markup-unsafe"),
        (replace(RICH, options=("甲", "<form></form>")), "markup-unsafe"),
    ],
)
def test_what_a_question_may_not_be_is_told(question: Question, code: str) -> None:
    assert code in codes(question)
    with pytest.raises(MalformedManifest):
        opened(course(question))


def test_of_a_question_in_an_exam_all_but_its_key_is_checked() -> None:
    asked = [question.without_answer() for question in GOOD.values()]
    assert [codes(question, answered=False) for question in asked] == [[]] * len(asked)
    assert codes(replace(asked[0], options=("甲",)), answered=False) == ["question-options"]


@pytest.mark.parametrize("kind", ["single", "multiple", "matching", "ordering"])
def test_the_places_of_options_in_an_exam_follow_from_their_texts_alone(kind: str) -> None:
    question = GOOD[kind]
    (there,) = closed(course(question, exam=True)).items[0].questions
    assert said(there, there.answer) == said(question, question.answer) or kind == "multiple"
    assert sorted(said(there, there.answer)) == sorted(said(question, question.answer))
    turned = replace(
        question,
        options=question.options[::-1],
        answer=question.answer[:1] + "".join(
            LETTERS[len(question.options) - 1 - LETTERS.index(letter)]
            if letter in LETTERS else letter
            for letter in question.answer[1:]
        ),
    )  # fmt: skip
    assert closed(course(turned, exam=True)).items[0].questions[0].options == there.options


def test_some_ordering_and_some_matching_is_not_shown_in_the_right_order() -> None:
    questions = [replace(GOOD["ordering"], id=f"q{n}") for n in range(40)]
    orders = {question.options for question in closed(course(*questions)).items[0].questions}
    assert len(orders) > 30


@given(st.permutations(range(5)), st.booleans())
def test_closing_twice_is_closing_once(order: list[int], exam: bool) -> None:
    key = ">" + "".join(LETTERS[place] for place in order)
    once = closed(course(replace(GOOD["ordering"], answer=key), RICH, exam=exam))
    assert closed(once) == once
    assert said(once.items[0].questions[0], once.items[0].questions[0].answer) == [
        FIVE[place] for place in order
    ]


def test_an_exam_takes_no_file_of_an_explanation_and_none_by_its_name() -> None:
    other = FileRef("why.png", 28, "cd" * 32)
    question = replace(
        RICH, explain=f'<img src="/media/{other.sha256}">', media=(FILE, other), chapter="难"
    )
    values = to_values(closed(course(question, exam=True)))
    assert [sha for _, _, sha, *_ in values["files"]] == [FILE.sha256]
    assert "the-right-one" not in str(values)
    assert set(values["course"]["items"][0]["questions"][0]) == {
        *("id", "type", "text", "options", "rich", "media")
    }


def test_an_essay_in_an_exam_is_refused_where_a_folder_is_read(folder: Path) -> None:
    with (folder / "exam.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[question]]\nid = "e9"\ntype = "essay"\ntext = "谈谈"\n')
    with pytest.raises(ContentFaults) as caught:
        read_folder(folder)
    assert [fault.code for fault in caught.value.faults] == ["exam-essay"]
    with pytest.raises(MalformedManifest, match="unknown type"):
        opened(course(GOOD["essay"], exam=True))


def test_pictures_of_questions_travel_in_the_pack(folder: Path, blobs: BlobStore) -> None:
    with (folder / "exam.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[question]]\nid = "e9"\ntype = "numeric"\nrich = true\nanswer = 3\n'
            "text = \"<p>读数</p><img src='pictures/scale.png' alt='秤'>\"\n"
        )
    pack = build(read_folder(folder), blobs, KEY)
    (ref,) = pack.course.question("e9")[1].media
    assert blobs.read(ref.sha256, 100) == PNG
    assert pack.exam_key["food/e9"] == "#3~0"


@pytest.mark.parametrize("change", [{"rich": False}, {"prompts": []}, {"answer": "A"}])
def test_a_field_of_an_exam_question_that_says_nothing_or_too_much_is_refused(
    change: dict[str, object],
) -> None:
    from content.packs.manifest import from_values

    values = to_values(course(GOOD["single"], exam=True))
    values["course"]["items"][0]["questions"][0].update(change)
    with pytest.raises(MalformedManifest):
        from_values(values)


@pytest.mark.parametrize("blanks", range(1, 11))
def test_full_blanks_fit_into_a_record(blanks: int) -> None:
    response = "‖".join(["字" * written_chars(blanks)] * blanks)
    assert len(response) <= MAX_NAME_CHARS
    assert written_chars(1) == MAX_WRITTEN_CHARS


@pytest.mark.parametrize(
    ("path", "head", "picture", "sound"),
    [
        ("a.png", PNG, True, False),
        ("a.JPG", PNG, True, False),
        ("a.gif", b"GIF89a....", True, False),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", True, False),
        ("a.svg", b'<?xml version="1.0"?>\n<svg xmlns="x">', True, False),
        ("a.svg", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>", False, False),
        ("a.svg", PNG, False, False),
        ("a.png", b"<svg>", False, False),
        ("a.mp3", b"ID3\x04", False, True),
        ("a.mp3", b"\xff\xfb\x90\x00", False, True),
        ("a.ogg", b"OggS\0", False, True),
        ("a.m4a", b"\0\0\0 ftypM4A ", False, True),
        ("a.wav", b"RIFF\0\0\0\0WAVEfmt ", False, True),
        ("a.wav", b"OggS\0", False, False),
        ("a.html", PNG, False, False),
    ],
)
def test_a_file_is_what_its_name_and_its_first_bytes_agree_on(
    path: str, head: bytes, picture: bool, sound: bool
) -> None:
    assert (is_picture(path, head), is_sound(path, head)) == (picture, sound)


def test_a_formula_is_noticed() -> None:
    assert has_formula("面积", r"\(a^2\)")
    assert has_formula(r"\[x\]")
    assert not has_formula(r"路径 \(", "(a)")
