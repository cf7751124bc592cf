"""content.questions.gift.aiken: a question, its options by letter, the answer."""

from content.questions import read
from content.transfer.blobs import BlobStore
from tests.content.questions.conftest import Reader, codes, notes, real


def test_moodles_example_comes_in(blobs: BlobStore) -> None:
    imported = read(real("moodle", "questions.aiken.txt"), blobs)
    assert (imported.format, imported.total) == ("aiken", 2)
    first, second = imported.questions
    assert (first.answer, first.options[1]) == ("B", "Martin Dougiamas")
    assert not second.rich
    assert '<html class="cool"> & images' in second.text


def test_several_letters_are_a_multiple_choice(reading: Reader) -> None:
    (asked,) = reading("哪些？\nA. 甲\nB、乙\nC．丙\n答案：A、C\n解析：因为").questions
    assert (asked.type, asked.answer, asked.explain) == ("multiple", "AC", "因为")
    assert asked.options == ("甲", "乙", "丙")


def test_texts_and_options_may_have_several_lines(reading: Reader) -> None:
    (asked,) = reading("One\nC. elegans\nA) a\nmore\nB) b\nANSWER: b\n").questions
    assert (asked.text, asked.options) == ("One\nC. elegans", ("a\nmore", "b"))
    assert asked.answer == "B"


def test_questions_need_no_empty_line_between_them(reading: Reader) -> None:
    imported = reading("a\nA) 1\nB) 2\nANSWER: A\nb\nA) 3\nB) 4\nANSWER: B")
    assert [question.text for question in imported.questions] == ["a", "b"]


def test_what_lacks_options_or_answer_is_refused_at_its_line(reading: Reader) -> None:
    imported = reading("a\nA) 1\nB) 2\nANSWER: C\n\nb\nA) 1\nB) 2\nANSWER: A\n\nc\nA) 1")
    assert [(fault.code, fault.line) for fault in imported.refused] == [
        ("asked-answer-unknown", 1),
        ("aiken-answer", 11),
    ]
    assert imported.total == 3
    assert codes(reading("a\nA) 1\nB) 2\nANSWER: A\n\nonly words")) == ["aiken-options"]


def test_a_question_without_answer_takes_nothing_from_the_next(reading: Reader) -> None:
    imported = reading("a\nA) 1\n\nB) 2\n\nb\nA) 3\nB) 4\nANSWER: B\n\nc\nA) 5\nB) 6\n\nANSWER: A")
    assert [(q.text, q.options, q.answer) for q in imported.questions] == [
        ("b", ("3", "4"), "B"),
        ("c", ("5", "6"), "A"),
    ]
    assert [(fault.code, fault.line) for fault in imported.refused] == [("aiken-answer", 1)]


def test_a_block_without_options_ends_at_its_answer(reading: Reader) -> None:
    broken = "A) 没有题干\n\nANSWER: 没有题干\n\n"
    imported = reading(f"{broken}太阳是\nA) 热的\nB) 冷的\nANSWER: A\n")
    assert [(fault.code, fault.line) for fault in imported.refused] == [("aiken-options", 1)]
    assert [(one.text, one.answer) for one in imported.questions] == [("太阳是", "A")]


def test_an_empty_line_in_a_text_is_remarked(reading: Reader) -> None:
    imported = reading("小测验\n\n太阳是\nA) 热的\nB) 冷的\nANSWER: A\n")
    assert notes(imported) == ["note-stem-parted"]
    assert notes(reading("太阳\n是\nA) 热的\nB) 冷的\nANSWER: A\n")) == []
