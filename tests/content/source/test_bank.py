"""content.source.bank: questions with a right answer, and their other fields."""

from pathlib import Path

import pytest

from content.model.course import Question
from content.model.errors import ContentFaults
from content.model.limits import MAX_SOUND_BYTES
from content.source.bank import read_bank
from sync.facts.grading import right
from tests.content.conftest import PNG, PRACTICE

ONE = (
    '[[question]]\nid = "q1"\ntype = "single"\ntext = "问"\noptions = ["甲", "乙"]\nanswer = "A"\n'
)
FILL = '[[question]]\nid = "q1"\ntype = "fill"\ntext = "____年"\nanswer = "两"\n'
NUMBER = '[[question]]\nid = "q1"\ntype = "numeric"\ntext = "g 是多少"\nanswer = "9.8"\n'
MATCH = (
    '[[question]]\nid = "q1"\ntype = "matching"\ntext = "配对"\n'
    'prompts = ["子", "丑"]\noptions = ["鼠", "牛"]\n'
)
ORDER = (
    '[[question]]\nid = "q1"\ntype = "ordering"\ntext = "排序"\n'
    'options = ["立案", "调查", "告知"]\n'
)
ESSAY = '[[question]]\nid = "q1"\ntype = "essay"\ntext = "谈谈"\n'
JUDGE = '[[question]]\nid = "q1"\ntype = "truefalse"\ntext = "对吗"\nanswer = true\n'


def codes(path: Path, text: str) -> list[str]:
    path.write_text(text, "utf-8")
    with pytest.raises(ContentFaults) as caught:
        read_bank(path)
    return [fault.code for fault in caught.value.faults]


def test_a_bank_is_read_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "bank.toml"
    path.write_text(PRACTICE, "utf-8")
    assert [question.id for question in read_bank(path)] == ["p1", "p2", "p3", "p4"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('answer = "A"\n', "", "no-answer"),
        ('answer = "A"', 'answer = ""', "no-answer"),
        ('answer = "A"', "answer = []", "no-answer"),
        ('answer = "A"', "answer = 1", "field-type"),
        ('answer = "A"', 'answer = "C"', "answer-names-no-option"),
        ('answer = "A"', 'answer = "甲"', "answer-names-no-option"),
        ('answer = "A"', 'answer = "AB"', "answer-single"),
        ('"single"', '"multiple"', "answer-multiple"),
        ('"single"', '"puzzle"', "question-type"),
        ('"single"', '"essay"', "options-not-wanted"),
        ('"single"', '"ordering"', "answer-ordering"),
        ('"single"', '"matching"', "question-prompts"),
        ('id = "q1"', 'id = "q1"\nprompts = ["子", "丑"]', "prompts-not-wanted"),
        ('id = "q1"', 'id = "q1"\ndifficulty = 6', "field-range"),
        ('["甲", "乙"]', '["甲"]', "question-options"),
        ('["甲", "乙"]', '["甲", "甲"]', "option-twice"),
        ('["甲", "乙"]', '["甲", 2]', "field-type"),
        ('["甲", "乙"]', '["甲", ""]', "field-empty"),
        ('text = "问"\n', "", "field-missing"),
        ('id = "q1"', 'id = "第一题"', "id-form"),
        ('id = "q1"', 'id = "q1"\nsee = "video 1:12"', "see-form"),
        ('id = "q1"', 'id = "q1"\nsee = "video@1:72"', "see-form"),
        ('id = "q1"', 'id = "q1"\nhint = "x"', "field-unknown"),
    ],
)
def test_a_faulty_question_is_named(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert code in codes(tmp_path / "bank.toml", ONE.replace(old, new))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (FILL.replace("____", "几"), "fill-blank"),
        (FILL.replace("____", "____或____"), "fill-blank"),
        (FILL.replace('"两"', '"|"'), "no-answer"),
        (FILL.replace('"两"', f'"{"长" * 201}"'), "field-long"),
        (ESSAY + f'answer = "{"长" * 2001}"\n', "field-long"),
        (FILL.replace('"两"', '[["两"], ["二"]]'), "fill-blank"),
        (FILL.replace('"两"', '[["两"], []]'), "no-answer"),
        (FILL.replace("____", "____" + "和____" * 10), "fill-blanks-many"),
        (NUMBER.replace("9.8", "九点八"), "answer-number"),
        (NUMBER.replace("9.8", "9.8~-1"), "answer-number"),
        (NUMBER.replace("9.8", "9.8~0.1~2"), "answer-number"),
        (NUMBER.replace('"9.8"', "inf"), "answer-number"),
        (MATCH + 'answer = "A"\n', "answer-matching"),
        (MATCH + 'answer = "AC"\n', "answer-names-no-option"),
        (MATCH + 'answer = "--"\n', "no-answer"),
        (MATCH.replace('"丑"', '"子"'), "prompt-twice"),
        (MATCH.replace('["鼠", "牛"]', '["鼠"]'), "no-answer"),
        (ORDER + 'answer = "ABCA"\n', "answer-ordering"),
        (ORDER + 'answer = "AB"\n', "answer-ordering"),
        (
            ORDER.replace('"立案"', '"立案", ' + ", ".join(f'"{n}"' for n in range(18))),
            "question-options",
        ),
        (FILL + 'options = ["甲", "乙"]\n', "options-not-wanted"),
        (JUDGE.replace("true\n", '"对"\n'), "answer-truefalse"),
        (JUDGE.replace("answer = true\n", ""), "no-answer"),
        (ONE + ONE, "question-id-twice"),
        ("", "no-questions"),
        ("[question]\nid = 'x'\n", "not-a-table"),
        ("x = " + "[" * 5000, "toml-syntax"),
    ],
)
def test_what_only_some_types_get_wrong_is_named(tmp_path: Path, text: str, code: str) -> None:
    assert code in codes(tmp_path / "bank.toml", text)


def test_lines_are_right_behind_a_text_of_several_lines(tmp_path: Path) -> None:
    long = 'explain = """\n[[question]]\nanswer = 5\n"""\n'
    (tmp_path / "bank.toml").write_text(ONE + long + "\n" + ONE.replace("A", "Z"), "utf-8")
    with pytest.raises(ContentFaults) as caught:
        read_bank(tmp_path / "bank.toml")
    lines = {fault.code: fault.line for fault in caught.value.faults}
    assert lines == {"question-id-twice": 13, "answer-names-no-option": 17}


def one(tmp_path: Path, text: str) -> Question:
    (tmp_path / "bank.toml").write_text(text, "utf-8")
    (question,) = read_bank(tmp_path / "bank.toml")
    return question


@pytest.mark.parametrize(
    ("text", "key", "good", "bad"),
    [
        (NUMBER, "#9.8~0", "9.80", "9.81"),
        (NUMBER.replace('"9.8"', "9.8"), "#9.8~0", " 9.8 ", "9,9"),
        (NUMBER.replace('"9.8"', '["9.8 ± 0.1", 10]'), "#9.8~0.1|10~0", "9.9", "9.95"),
        (MATCH, "=AB", "AB", "BA"),
        (MATCH + 'answer = ["B", "-"]\n', "=B-", "B-", "BA"),
        (ORDER, ">ABC", "ABC", "ACB"),
        (ORDER + 'answer = "B, C, A"\n', ">BCA", "bca", "ABC"),
        (FILL, "两", "两", "三"),
        (FILL.replace('"两"', '"A"'), '"A', "a", "AB"),
        (FILL.replace("____", "____年____").replace('"两"', '[["两", "2"], ["三"]]'),
         "两|2‖三", "2‖三", "三‖2"),
        (ESSAY, "*", "", "什么都行"),
        (ESSAY + 'answer = "要点"\n', "*要点", "", "要点"),
    ],
)  # fmt: skip
def test_a_key_marks_what_its_author_meant(
    tmp_path: Path, text: str, key: str, good: str, bad: str
) -> None:
    question = one(tmp_path, text)
    assert question.answer == key
    assert right(good, key) == bool(good)
    assert not right(bad, key)


def test_chapter_and_difficulty_are_read(tmp_path: Path) -> None:
    question = one(tmp_path, ONE + 'chapter = "第一章"\ndifficulty = 3\n')
    assert (question.chapter, question.difficulty) == ("第一章", 3)


def test_a_page_of_a_document_is_named_as_a_place_to_look_again(tmp_path: Path) -> None:
    question = one(tmp_path, ONE + 'see = "handout@p12"\n')
    assert (question.see_item, question.see_second) == ("handout", 12)


RICH = ONE + "rich = true\n"


def test_a_rich_question_keeps_what_is_harmless_and_shows_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "b.mp3").write_bytes(b"ID3" + bytes(20))
    text = "<b>问</b><img src='a.png' onerror='x()'><script>1</script><audio src='b.mp3'></audio>"
    question = one(tmp_path, RICH.replace('"问"', f'"{text}"'))
    picture, sound = question.media
    assert (picture.path, sound.path) == ("a.png", "b.mp3")
    assert question.text == (
        f'<b>问</b><img src="/media/{picture.sha256}">'
        f'<audio src="/media/{sound.sha256}" controls=""></audio>'
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (RICH.replace('"问"', "\"<img src='a.png'>\""), "file-missing"),
        (RICH.replace('"问"', "\"<img src='../a.png'>\""), "path-unsafe"),
        (RICH.replace('"问"', "\"<img src='bank.toml'>\""), "picture-not-picture"),
        (RICH.replace('"问"', "\"<audio src='x.mp3'>\""), "sound-not-sound"),
        (RICH.replace('"问"', '"<script>问</script>"'), "field-empty"),
    ],
)
def test_what_a_rich_question_may_not_show_is_named(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "x.mp3").write_bytes(PNG)
    assert code in codes(tmp_path / "bank.toml", text)


def test_a_sound_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "x.mp3").open("wb") as file:
        file.truncate(MAX_SOUND_BYTES + 1)
    text = RICH.replace('"问"', "\"<audio src='x.mp3'>\"")
    assert "sound-too-large" in codes(tmp_path / "bank.toml", text)
