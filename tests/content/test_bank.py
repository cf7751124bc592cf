"""content.bank: questions with a right answer, and what else is said of them."""

from pathlib import Path

import pytest

from content.bank import read_bank
from content.errors import ContentFaults
from tests.content.conftest import PRACTICE

ONE = (
    '[[question]]\nid = "q1"\ntype = "single"\ntext = "问"\noptions = ["甲", "乙"]\nanswer = "A"\n'
)
FILL = '[[question]]\nid = "q1"\ntype = "fill"\ntext = "____年"\nanswer = "两"\n'
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
        ('"single"', '"essay"', "question-type"),
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
        (FILL.replace('"两"', f'"{"长" * 301}"'), "field-long"),
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
