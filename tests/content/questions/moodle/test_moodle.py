"""content.questions.moodle.reader: Moodle's own XML."""

import base64

import pytest

from content.questions import read
from content.transfer.blobs import BlobStore
from tests.content.conftest import PNG
from tests.content.questions.conftest import Reader, codes, notes, real


def quiz(*questions: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{"".join(questions)}</quiz>'


def question(kind: str, inside: str, text: str = "题？", format: str = "html") -> str:
    return (
        f'<question type="{kind}"><name><text>名 {kind}</text></name>'
        f'<questiontext format="{format}"><text><![CDATA[{text}]]></text></questiontext>'
        f"{inside}</question>\n"
    )


def answer(text: str, worth: float = 0, more: str = "") -> str:
    return f'<answer fraction="{worth}" format="html"><text>{text}</text>{more}</answer>'


CHOICES = answer("甲", 100) + answer("乙")


@pytest.mark.parametrize(
    ("kind", "inside", "options", "key"),
    [
        ("multichoice", "<single>true</single>" + CHOICES, ("甲", "乙"), "A"),
        ("multichoice", "<single>1</single>" + CHOICES, ("甲", "乙"), "A"),
        (
            "multichoice",
            "<single>false</single>" + answer("甲", 50) + answer("乙", -100) + answer("丙", 50),
            ("甲", "乙", "丙"),
            "AC",
        ),
        ("multichoiceset", CHOICES + answer("丙", 100), ("甲", "乙", "丙"), "AC"),
        ("truefalse", answer("true") + answer("false", 100), ("正确", "错误"), "B"),
        ("shortanswer", answer("two", 100) + answer(r"2\*", 100), (), "two|2*"),
        ("numerical", answer("3.14", 100, "<tolerance>0.01</tolerance>"), (), "#3.14~0.01"),
        ("numerical", answer("1e3", 100) + answer("*"), (), "#1000~0"),
        (
            "ordering",
            answer("先", 1) + answer("中", 2) + answer("后", 3),
            ("先", "中", "后"),
            ">ABC",
        ),
        ("essay", "<graderinfo format='html'><text>&lt;p&gt;要点&lt;/p&gt;</text></graderinfo>",
         (), "*要点"),
    ],
)  # fmt: skip
def test_each_type_is_read(
    kind: str, inside: str, options: tuple[str, ...], key: str, reading: Reader
) -> None:
    imported = reading(quiz(question(kind, inside)))
    assert (imported.format, codes(imported)) == ("moodle-xml", [])
    assert (imported.questions[0].options, imported.questions[0].answer) == (options, key)


def test_a_matching_has_distractors(reading: Reader) -> None:
    pairs = "".join(
        f"<subquestion format='html'><text>{left}</text><answer><text>{right}</text></answer>"
        "</subquestion>"
        for left, right in (("甲", "一"), ("乙", "二"), ("丙", "一"), ("", "三"))
    )
    (asked,) = reading(quiz(question("matching", pairs))).questions
    assert (asked.prompts, asked.options, asked.answer) == (
        ("甲", "乙", "丙"),
        ("一", "二", "三"),
        "=ABA",
    )


def test_a_cloze_of_short_answers_is_a_fill_in(reading: Reader) -> None:
    text = r"<p>{1:SHORTANSWER:=两人~=2\*~%50%三#不对}执法，<b>{:SA:%100%出示\}}</b>证件</p>"
    imported = reading(quiz(question("cloze", "", text)))
    (asked,) = imported.questions
    assert asked.text == "<p>____执法，<b>____</b>证件</p>"
    assert asked.answer == "两人|2*‖出示}"
    assert notes(imported) == ["note-feedback", "note-partial"]


@pytest.mark.parametrize(
    ("kind", "inside", "text", "why"),
    [
        ("description", "", "请看材料", "asked-description"),
        ("calculated", CHOICES, "题？", "asked-type-foreign"),
        ("ddmarker", "", "题？", "asked-type-foreign"),
        ("gapselect", "", "[[1]]", "asked-type-foreign"),
        ("cloze", "", "{1:MULTICHOICE:=a~b} {1:SA:=c}", "asked-cloze"),
        ("cloze", "", "{1:SA:=*}", "asked-wildcard"),
        ("cloze", "", "没有空", "asked-no-answer"),
        ("shortanswer", answer("a*", 100), "题？", "asked-wildcard"),
        ("numerical", answer("约三", 100), "题？", "asked-number"),
        (
            "numerical",
            answer("3", 100) + "<unitgradingtype>1</unitgradingtype>"
            "<units><unit><multiplier>1</multiplier><unit_name>m</unit_name></unit></units>",
            "题？",
            "asked-units",
        ),
        ("multichoice", CHOICES, "<img src='@@PLUGINFILE@@/x.png'>", "media-missing"),
        ("truefalse", answer("maybe", 100), "题？", "asked-answer-unknown"),
    ],
)
def test_what_has_no_place_here_is_refused_with_line_and_name(
    kind: str, inside: str, text: str, why: str, reading: Reader
) -> None:
    imported = reading(
        quiz(question("truefalse", answer("true", 100)), question(kind, inside, text))
    )
    assert [(fault.code, fault.line) for fault in imported.refused] == [(why, 4)]
    assert imported.refused[0].key == f"名 {kind}"
    assert imported.total == 2


def test_files_travel_along_also_from_folders_and_with_blanks_in_their_names(
    reading: Reader, blobs: BlobStore
) -> None:
    body = base64.b64encode(PNG).decode()
    files = (
        f'<file name="图 1.png" path="/" encoding="base64">{body}</file>'
        f'<file name="b.png" path="/deep/" encoding="base64">{body}</file>'
        '<file name="c.png" path="/" encoding="base64">?</file>'
    )
    text = "<img src='@@PLUGINFILE@@/%E5%9B%BE%201.png'><img src='@@PLUGINFILE@@/deep/b.png'>"
    whole = question("truefalse", answer("true", 100), text).replace(
        "</text></questiontext>", f"</text>{files}</questiontext>"
    )
    broken = whole.replace("deep/b.png'", "c.png'")
    imported = reading(quiz(whole, broken))
    (asked,) = imported.questions
    assert [blobs.read(ref.sha256, 99) for ref in asked.media] == [PNG]
    assert codes(imported) == ["media-missing"]


def test_categories_ids_and_tags_are_read(reading: Reader) -> None:
    category = (
        '<question type="category"><category><text>$course$/top/第一章</text></category></question>'
    )
    more = "<idnumber>law-1</idnumber><tags><tag><text>xz:difficulty=2</text></tag></tags>"
    imported = reading(quiz(category, question("truefalse", answer("true", 100) + more)))
    (asked,) = imported.questions
    assert (imported.total, asked.id, asked.chapter, asked.difficulty) == (1, "law-1", "第一章", 2)


@pytest.mark.parametrize(
    ("kind", "inside", "note"),
    [
        ("multichoice", answer("甲", 100) + answer("乙", 50), "note-partial"),
        (
            "multichoice",
            "<single>false</single>" + answer("甲", 50) + answer("乙", 50) + answer("丙", -30),
            "note-penalty",
        ),
        ("multichoice", "<single>false</single>" + CHOICES, "note-one-of-several"),
        (
            "multichoice",
            CHOICES + "<correctfeedback><text>好！</text></correctfeedback>",
            "note-feedback",
        ),
        ("truefalse", answer("true", 100) + "<hint><text>想想</text></hint>", "note-hints"),
        ("shortanswer", answer("a", 100) + "<usecase>1</usecase>", "note-case"),
        (
            "numerical",
            answer("3", 100) + "<units><unit><unit_name>m</unit_name></unit></units>",
            "note-units",
        ),
        ("essay", "<responsetemplate><text>一、</text></responsetemplate>", "note-template"),
        ("truefalse", answer("true", 100) + "<tags><tag><text>旧</text></tag></tags>", "note-tags"),
    ],
)
def test_what_a_question_loses_is_remarked(
    kind: str, inside: str, note: str, reading: Reader
) -> None:
    imported = reading(quiz(question(kind, inside)))
    assert (codes(imported), notes(imported)) == ([], [note])


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [("multichoice.moodle.xml", "multiple", "CE"), ("truefalse.moodle.xml", "truefalse", "A")],
)
def test_moodles_examples_come_in(name: str, kind: str, key: str, blobs: BlobStore) -> None:
    imported = read(real("moodle", name), blobs)
    (asked,) = imported.questions
    assert (imported.total, asked.type, asked.answer) == (1, kind, key)


def test_a_comment_on_a_number_begins_with_that_number(reading: Reader) -> None:
    feedback = "<feedback format='html'><text><![CDATA[<p>对 <b>了</b></p>]]></text></feedback>"
    numeric = answer("3.14", 100, f"<tolerance>0</tolerance>{feedback}")
    imported = reading(quiz(question("numerical", numeric)))
    assert imported.questions[0].explain == "<p>3.14：对 <b>了</b></p>"
