"""Banks in Word: what offices and their programs write, and what is built to break readers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from content.model import limits
from content.questions import FORMATS, Imported, fingerprint, read, write
from content.source.file_kind import What, recognise
from content.transfer.blobs import BlobStore
from tests.content.conftest import PNG
from tests.content.docx import OFFICE, docx, formula, numbering, p, picture, run, table
from tests.content.questions.conftest import codes, fault_of, notes

Bank = Callable[..., Imported]
LISTS = numbering(
    [("chineseCounting", "%1、")],
    [("decimal", "%1.")],
    [("upperLetter", "%1．")],
    [("upperLetter", "%1.")],
    [("decimal", "（%1）")],
)
HALF = "<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
RAISED = '<w:vertAlign w:val="superscript"/>'
RED = '<w:color w:val="FF0000"/>'


@pytest.fixture
def bank(tmp_path: Path, blobs: BlobStore) -> Bank:
    """Read a document of these blocks as a bank."""

    def read_it(*blocks: str, **others: object) -> Imported:
        path = tmp_path / "bank"
        path.write_bytes(docx(*blocks, **others))  # type: ignore[arg-type]
        return read(path, blobs, name="题库.docx")

    return read_it


def asked(*inside: str) -> tuple[str, ...]:
    """One question of these words, with options and its answer."""
    return (p("1. 题", *inside, "（ ）"), p("A. 一"), p("B. 二"), p("答案：A"))


def test_words_own_numbers_are_those_of_questions_and_options(bank: Bank) -> None:
    imported = bank(
        p("单项选择题（每题2分）", list=(1, 0)),
        p("甲是什么（ ）", list=(2, 0)), p("一", list=(3, 0)), p("二", list=(3, 0)), p("答案：A"),
        p("乙是什么（ ）", list=(2, 0)), p("三", list=(4, 0)), p("四", list=(4, 0)), p("答案：B"),
        p("多项选择题", list=(1, 0)),
        p("丙是什么（AB）", list=(5, 0)), p("A. 一\tB. 二\tC. 三"),
        parts={"word/numbering.xml": LISTS},
    )  # fmt: skip
    assert codes(imported) == []
    assert [
        (question.type, question.text, question.options, question.answer)
        for question in imported.questions
    ] == [
        ("single", "甲是什么（ ）", ("一", "二"), "A"),
        ("single", "乙是什么（ ）", ("三", "四"), "B"),
        ("multiple", "丙是什么（ ）", ("一", "二", "三"), "AB"),
    ]


def test_pictures_formulas_and_raised_signs_travel_along(bank: Bank, blobs: BlobStore) -> None:
    imported = bank(
        p("1. 面积 m", run("2", RAISED), " 如图", picture(), "（ ）"),
        p("A. ", formula(HALF)), p("B. ", picture()), p("答案：A"),
        parts={"word/media/a.png": PNG},
    )  # fmt: skip
    (question,) = imported.questions
    assert question.rich
    assert question.text.startswith("面积 m<sup>2</sup> 如图<img ")
    assert question.options[0] == r"\(\frac{1}{2}\)"
    assert [blobs.has(ref.sha256) for ref in question.media] == [True]


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_a_bank_with_pictures_comes_back_from_every_export(
    bank: Bank, tmp_path: Path, blobs: BlobStore, format: str
) -> None:
    imported = bank(*asked(picture(), formula(HALF)), parts={"word/media/a.png": PNG})
    assert write(imported.questions, format, tmp_path / "out", blobs) == ()
    again = read(tmp_path / "out", blobs, name="out")
    assert list(map(fingerprint, again.questions)) == list(map(fingerprint, imported.questions))


def test_a_table_with_headings_is_read_as_a_workbook_is(bank: Bank) -> None:
    head = ["序号", "题型", "题干", "选项A", "选项B", "答案", "解析", "难度"]
    imported = bank(
        p("题库"),
        table(head, ["1", "单选", p("面积m", run("2", RAISED)), "米", "秒", "A", "因为", "难"],
              ["2", "判断", p("好", picture()), "", "", "对", "", ""],
              ["3", "单选", "坏", "", "", "", "", ""]),
        parts={"word/media/a.png": PNG},
    )  # fmt: skip
    assert (imported.format, imported.total, codes(imported)) == ("docx", 3, ["asked-no-answer"])
    assert [question.text[:4] for question in imported.questions] == ["面积m²", "好<br"]
    assert (imported.questions[0].explain, imported.questions[0].difficulty) == ("因为", 5)
    assert imported.mapping["text"] == "题干"


def test_answers_in_a_table_at_the_end_are_found(bank: Bank) -> None:
    imported = bank(
        p("1. 甲（ ）"), table(["A. 一", "B. 二"], ["C. 三", "D. 四"]),
        p("2. 乙（ ）"), p("A. 一 B. 二"),
        p("参考答案"), table(["题号", "1", "2"], ["答案", "D", "B"]),
    )  # fmt: skip
    assert [question.answer for question in imported.questions] == ["D", "B"]
    assert imported.questions[0].options == ("一", "二", "三", "四")


def test_a_table_in_a_question_is_shown_in_it(bank: Bank) -> None:
    imported = bank(p("1. 看表（A）"), table(["品名", "重量"], ["米", "5"]), p("A. 一 B. 二"))
    (question,) = imported.questions
    assert "<td>重量</td>" in question.text
    assert question.options == ("一", "二")


def test_a_line_to_write_on_is_a_blank(bank: Bank) -> None:
    lined = run("        ", '<w:u w:val="single"/>')
    imported = bank(
        p("填空题"), p("1. 年份是", lined, "，月份是", lined, "。"), p("答案：2015；十")
    )
    (question,) = imported.questions
    assert (question.text, question.answer) == ("年份是____，月份是____。", "2015‖十")


def test_options_that_stand_out_are_right_only_where_all_are_marked(bank: Bank) -> None:
    def paper(*marked: str) -> list[str]:
        return [
            paragraph
            for number, mark in enumerate(marked, 1)
            for paragraph in (p(f"{number}. 题（ ）"), p("A. ", run("一", mark)), p("B. 二"))
        ]

    red = bank(*paper(RED, RED, "<w:color w:val='FF0000'/>"))
    assert [question.answer for question in red.questions] == ["A", "A", "A"]
    assert notes(red) == ["note-paper-marked"]
    assert codes(bank(*paper(RED, "", RED))) == ["asked-no-answer"] * 3
    assert (
        codes(bank(*paper(RED, RED), p("3. 题（B）"), p("A. 一 B. 二"))) == ["asked-no-answer"] * 2
    )


def test_marks_in_a_part_of_the_words_stay_and_marks_on_all_go(bank: Bank) -> None:
    imported = bank(p(run("1. 下列"), run("不", "<w:b/>"), "对的是（ ）"),
                 p(run("A. 一", "<w:b/>")), p("B. 二"), p("答案：A"))  # fmt: skip
    (question,) = imported.questions
    assert question.text == "下列<b>不</b>对的是（ ）"
    assert question.options == ("一", "二")


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ('<w:r><w:object><o:OLEObject ProgID="Equation.3"/></w:object></w:r>', "word-ole"),
        ("<w:r><w:drawing><wp:inline/></w:drawing></w:r>", "word-drawing"),
        (picture("rIdOut"), "word-linked"),
        (formula("<m:strange/>"), "word-formula"),
        ('<w:r><w:fldChar w:fldCharType="begin"/><w:instrText> eq \\f(1,2)</w:instrText>'
         '<w:fldChar w:fldCharType="end"/></w:r>', "word-field"),
        ('<w:r><w:sym w:font="Webdings" w:char="F0AA"/></w:r>', "word-sign"),
        (picture("rIdEmf"), "media-kind"),
    ],
)  # fmt: skip
def test_a_question_that_would_lose_something_is_refused(
    bank: Bank, inside: str, code: str
) -> None:
    outside = (
        f'<Relationship Id="rIdOut" Type="{OFFICE}/image" Target="http://127.0.0.1:9/a.png"'
        f' TargetMode="External"/><Relationship Id="rIdEmf" Type="{OFFICE}/image"'
        ' Target="media/a.emf"/>'
    )
    parts = {"word/media/a.emf": b"\1\0\0\0" + bytes(60)}
    imported = bank(*asked(inside), relations=outside, parts=parts)
    assert (imported.total, codes(imported)) == (1, [code])


def test_signs_of_other_fonts_and_circled_numbers_are_known(bank: Bank) -> None:
    ticked = '<w:r><w:sym w:font="Wingdings 2" w:char="F050"/></w:r>'
    circled = (
        '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText> eq \\o\\ac(○,3)</w:instrText>'
        '<w:fldChar w:fldCharType="end"/></w:r>'
    )
    imported = bank(p("判断题"), p("1. 甲", circled, "（", ticked, "）"))
    assert [(question.text, question.answer) for question in imported.questions] == [
        ("甲③（ ）", "A")
    ]


def test_tracked_changes_are_read_as_accepted(bank: Bank) -> None:
    imported = bank(
        p("1. ", "<w:del><w:r><w:delText>旧</w:delText></w:r></w:del>",
          "<w:ins><w:r><w:t>新</w:t></w:r></w:ins>", "（A）"),
        p("A. 一", inside="<w:rPr><w:del/></w:rPr>"), p("二 B. 三"),
    )  # fmt: skip
    (question,) = imported.questions
    assert (question.text, question.options) == ("新（ ）", ("一二", "三"))
    assert notes(imported) == ["note-word-tracked"]


def test_hidden_text_text_boxes_and_macros_are_left_out_and_said(bank: Bank) -> None:
    box = (
        "<w:r><w:pict><wps:txbx><w:txbxContent>"
        + p("密")
        + "</w:txbxContent></wps:txbx></w:pict></w:r>"
    )
    imported = bank(
        p("1. 题（A）", run("答案是B", "<w:vanish/>"), box), p("A. 一 B. 二"),
        parts={"word/vbaProject.bin": b"macro"},
        kind="application/vnd.ms-word.document.macroEnabled.main+xml",
    )  # fmt: skip
    assert [question.text for question in imported.questions] == ["题（ ）"]
    assert notes(imported) == ["note-word-hidden", "note-word-textbox", "note-word-macros"]


def test_an_answer_that_is_a_picture_is_refused(bank: Bank) -> None:
    imported = bank(p("1. 题（ ）"), p("A. 一 B. 二"), p("答案：", picture()),
                 parts={"word/media/a.png": PNG})  # fmt: skip
    assert codes(imported) == ["paper-answer-picture"]


def test_a_refused_question_is_named_by_its_paragraph(bank: Bank) -> None:
    (fault,) = bank(p(""), p("一、单选题"), p("3. 称重（ ）"), p("A. 一 B. 二")).refused
    assert fault.where() == "题库.docx 第 2 段（一、3. 称重（ ））"


def test_a_document_without_questions_is_no_bank(bank: Bank, tmp_path: Path) -> None:
    assert fault_of(lambda: bank(p("只有一段文字。"))) == "word-no-questions"
    assert recognise(tmp_path / "bank", "题库.docx") is What.WORD


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><w:document>&b;</w:document>'
)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"word/document.xml": BOMB}, "word-xml"),
        ({"word/document.xml": "<w:document"}, "word-xml"),
        ({"word/document.xml": "<a>" * 5_000}, "word-xml"),
        ({"word/styles.xml": BOMB}, "word-xml"),
        ({"word/document.xml": "<a/>" + " " * 3_000_000}, "zip-bomb"),
        ({"_rels/.rels": "<Relationships/>"}, "word-damaged"),
    ],
)
def test_documents_built_to_break_readers_are_refused(
    bank: Bank, parts: dict[str, str], code: str
) -> None:
    assert fault_of(lambda: bank(parts=parts)) == code


def test_documents_too_large_to_be_read_are_refused(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_WORD_PARAGRAPHS", 3)
    assert fault_of(lambda: bank(*asked())) == "word-too-long"
    monkeypatch.setattr(limits, "MAX_WORD_BYTES", 600)
    assert fault_of(lambda: bank(*asked())) == "word-too-large"


def test_tables_in_tables_and_long_names_do_no_harm(bank: Bank, tmp_path: Path) -> None:
    deep = p("底")
    for _ in range(25):
        deep = table([deep])
    assert len(bank(*asked(), deep).questions) == 1
    imported = read(tmp_path / "bank", BlobStore(tmp_path / "b"), name="长" * 300 + ".docx")
    assert imported.total == 1
