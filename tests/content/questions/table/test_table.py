"""content.questions.table.reader: tables of questions as people really keep them."""

import csv
import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter

from content.model import limits
from content.questions import Imported, headings_key, read, recognise, write
from content.questions.table.answers import split_options
from content.transfer.blobs import BlobStore
from tests.content.conftest import PNG
from tests.content.questions.conftest import Reader, codes, fault_of, notes, real
from tests.content.questions.test_exporter import GOOD

HEAD = ["题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案", "解析", "难度", "章节"]


Sheet = Callable[..., Imported]


@pytest.fixture
def sheet(tmp_path: Path, blobs: BlobStore) -> Sheet:
    """Write rows into a workbook and read it."""

    def made(*rows: Sequence[object], **more: Sequence[Sequence[object]]) -> Imported:
        path = tmp_path / "题库.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            for name, lines in {"Sheet1": rows, **more}.items():
                page = book.add_worksheet(name)
                for number, line in enumerate(lines):
                    for column, value in enumerate(line):
                        page.write(number, column, value)
        return read(path, blobs)

    return made


def test_a_usual_workbook_is_understood(sheet: Sheet) -> None:
    imported = sheet(
        ["2026 年食品安全题库"],
        [],
        HEAD,
        ["单选题", "甲？", "一", "二", "三", "四", "B", "因为", "易", "第一章"],
        ["多选题", "乙？", "一", "二", "三", "四", "A、B、D", "", 5, "第一章"],
        ["判断题", "丙。", "", "", "", "", "√", "", "0.85", ""],
        ["填空题", "两人（　）执法，（ ）证件", "", "", "", "", "主动；出示", "", "", ""],
        ["简答题", "为何？", "", "", "", "", "因为安全", "见第 2 条", "中等", ""],
        ["", "丁？", "一", 2, "", "", "ab", "", "较难", ""],
    )
    assert (imported.format, imported.total) == ("xlsx", 6)
    assert (imported.rows, imported.rows_refused) == (6, 0)
    assert [(q.type, q.answer, q.difficulty) for q in imported.questions] == [
        ("single", "B", 1),
        ("multiple", "ABD", 5),
        ("truefalse", "A", 1),
        ("fill", "主动‖出示", 0),
        ("essay", "*因为安全", 3),
        ("multiple", "AB", 4),
    ]
    assert imported.questions[3].text == "两人____执法，____证件"
    assert imported.questions[5].options == ("一", "2")
    assert imported.questions[1].chapter == "第一章"
    assert imported.headings == tuple(HEAD)
    assert imported.mapping["answer"] == "答案"
    assert imported.mapping["option_c"] == "选项C"
    assert notes(imported) == []


@pytest.mark.parametrize(
    ("kind", "options", "cell", "answer"),
    [
        ("单选", ["对", "错"], "Ａ", "A"),
        ("单项选择题", ["一", "二"], "二", "B"),
        ("单选题", ["A.一", "B.二"], "B.二", "B"),
        ("multiple choice", ["one", "two", "three"], "A,C", "AC"),
        ("Multiple Choice", ["one", "two", "three"], "c", "C"),
        ("多选题", ["甲", "乙", "丙"], "甲；丙", "AC"),
        ("multiple", ["2", "3", "4"], "2;4", "AC"),
        ("不定项选择题", ["甲", "乙"], "B", "B"),
        ("判断题", [], True, "A"),
        ("判断", [], "×", "B"),
        ("是非题", ["错误", "正确"], "A", "B"),
        ("判断题", ["正确", "错误"], "B", "B"),
        ("判断题", [], "A", "A"),
        ("排序题", ["甲", "乙", "丙"], "C、A、B", ">CAB"),
        ("数值题", [], "3.14±0.01", "#3.14~0.01"),
        ("数值题", [], 12.5, "#12.5~0"),
        ("填空题", [], "甲|乙", "甲|乙"),
        ("名词解释", [], "就是这样", "*就是这样"),
    ],
)
def test_types_and_answers_are_understood_as_people_write_them(
    kind: str, options: list[str], cell: object, answer: str, sheet: Sheet
) -> None:
    imported = sheet(HEAD, [kind, "题？", *options, *[""] * (4 - len(options)), cell])
    assert codes(imported) == []
    assert imported.questions[0].answer == answer


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["单选题", "", "一", "二", "", "", "A"], "asked-empty"),
        (["单选题", "甲", "一", "二", "", "", ""], "asked-no-answer"),
        (["单选题", "甲", "一", "二", "", "", "AB"], "asked-one-right"),
        (["单选题", "甲", "一", "二", "", "", "E"], "asked-answer-unknown"),
        (["多选题", "甲", "一", "二", "", "", "A"], "asked-several-right"),
        (["单选题", "甲", "一", "", "三", "", "A"], "asked-option-empty"),
        (["单选题", "甲", "一", "一", "", "", "A"], "option-twice"),
        (["单选题", "甲", "", "", "", "", "A"], "asked-answer-unknown"),
        (["判断题", "甲", "", "", "", "", "也许"], "asked-answer-unknown"),
        (["填空题", "____和____", "", "", "", "", "甲"], "fill-blank"),
        (["听力题", "甲", "一", "二", "", "", "A"], "asked-type"),
        (["匹配题", "甲", "一", "二", "", "", "1-A"], "question-prompts"),
        (["匹配题", "甲", "一", "二", "", "", "甲乙"], "asked-answer-unknown"),
        (["排序题", "甲", "一", "二", "", "", "A"], "asked-no-answer"),
        (["数值题", "甲", "", "", "", "", "约十"], "asked-number"),
    ],
)
def test_a_row_that_is_no_question_is_refused_at_its_place(
    row: list[str], why: str, sheet: Sheet
) -> None:
    imported = sheet(HEAD, row, ["判断题", "好", "", "", "", "", "对"])
    assert [(fault.code, fault.line) for fault in imported.refused] == [(why, 2)]
    assert (imported.rows, imported.rows_refused, len(imported.questions)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("row", "note"),
    [
        (["1", "甲", "一", "二", "", "", "A"], "note-type-code"),
        (["单选题", "甲", "一", "二", "", "", "2"], "note-answer-numbers"),
        (["判断题", "甲", "", "", "", "", "对", "", "很怪"], "note-difficulty"),
        (["不定项", "甲", "一", "二", "", "", "B"], "note-one-of-several"),
    ],
)
def test_what_was_guessed_is_remarked(
    row: list[object], note: str, tmp_path: Path, blobs: BlobStore
) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEAD)
        for column, value in enumerate(row):
            page.write(1, column, value)
    imported = read(path, blobs)
    assert (codes(imported), notes(imported)) == ([], [note])


def test_numbers_of_types_mean_what_their_heading_says(sheet: Sheet) -> None:
    imported = sheet(
        ["问题", "题型（0单选，1判断，2-多选）", "选项A", "选项B", "答案"],
        ["甲？", 0, "一", "二", "B"],
        ["乙。", 1, "", "", "对"],
        ["丙？", 2, "一", "二", "A,B"],
        ["丁？", 3, "一", "二", "A"],
    )
    assert [q.type for q in imported.questions] == ["single", "truefalse", "multiple"]
    assert (codes(imported), notes(imported)) == (["asked-type"], [])


def test_sheets_are_read_by_their_names_and_others_remarked(sheet: Sheet) -> None:
    imported = sheet(
        ["题目", "A", "B", "答案", "分值"],
        ["甲？", "一", "二", "B", 2],
        判断题=[["题目", "答案"], ["乙。", "F"], ["丙。", ""]],
        说明=[["请勿修改"], ["第一步"]],
    )
    assert [(q.type, q.answer) for q in imported.questions] == [("single", "B"), ("truefalse", "B")]
    assert [(f.code, f.line, f.key) for f in imported.refused] == [("asked-no-answer", 3, "判断题")]
    assert [fault.code for fault in imported.remarks] == ["note-sheet", "note-columns"]
    assert imported.remarks[1].values == {"names": "分值"}


def test_merged_cells_count_for_all_their_rows(tmp_path: Path, blobs: BlobStore) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.merge_range(0, 0, 0, 3, "题库")
        page.write_row(1, 0, ["章节", "题型", "题干", "答案"])
        page.merge_range(2, 0, 3, 0, "总则")
        page.merge_range(2, 1, 3, 1, "判断题")
        page.write_row(2, 2, ["甲。", "对"])
        page.write_row(3, 2, ["乙。", "错"])
    imported = read(path, blobs)
    assert [(q.chapter, q.type, q.answer) for q in imported.questions] == [
        ("总则", "truefalse", "A"),
        ("总则", "truefalse", "B"),
    ]


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        ("A.甲\nB.乙\nC.丙", ["甲", "乙", "丙"]),
        ("A、甲 B、乙 C、丙", ["甲", "乙", "丙"]),
        ("(A)甲；(B)乙", ["甲", "乙"]),
        ("A:甲|B:乙", ["甲", "乙"]),
        ("甲\n乙\n丙", ["甲", "乙", "丙"]),
        ("甲|乙", ["甲", "乙"]),
        ("甲；乙", ["甲", "乙"]),
        ("VITAMIN A. b B. c", ["VITAMIN A. b B. c"]),
    ],
)
def test_options_in_one_cell_are_parted(cell: str, options: list[str]) -> None:
    assert split_options(cell) == options


def test_options_may_stand_below_the_text_or_in_one_cell(sheet: Sheet) -> None:
    imported = sheet(
        ["题目", "选项", "答案"],
        ["甲？", "A.一 B.二", "B"],
        ["乙？\nA.一\nB.二\nC.三", "", "AC"],
    )
    assert [(q.text, q.options, q.answer) for q in imported.questions] == [
        ("甲？", ("一", "二"), "B"),
        ("乙？", ("一", "二", "三"), "AC"),
    ]


def test_the_real_workbook_comes_in_row_by_row(blobs: BlobStore) -> None:
    imported = read(real("xlsx", "试题导入模板.xlsx"), blobs)
    assert (imported.total, len(imported.questions)) == (4, 4)
    assert (imported.rows, imported.rows_refused) == (14, 0)
    assert [(q.type, q.answer) for q in imported.questions] == [
        ("single", "B"),
        ("single", "C"),
        ("multiple", "ABD"),
        ("truefalse", "A"),
    ]
    assert imported.questions[1].options == ("21", "25", "80", "443")
    assert "C：正确，HTTP默认端口" in imported.questions[1].explain


def test_a_workbook_of_something_else_is_refused_row_by_row(blobs: BlobStore) -> None:
    imported = read(real("xlsx", "用户导入模板.xlsx"), blobs)
    assert (codes(imported), imported.refused_count) == (["sheet-columns"], 5)
    assert (imported.rows, imported.rows_refused) == (5, 5)
    assert imported.headings == ("用户名", "真实姓名", "密码", "角色")


def test_a_mapping_that_people_chose_is_followed(
    tmp_path: Path, blobs: BlobStore, sheet: Sheet
) -> None:
    rows = [["甲列", "乙列", "一", "二"], ["题？", "B", "x", "y"]]
    assert codes(sheet(*rows)) == ["sheet-columns"]
    chosen = {"text": "甲列", "answer": "乙列", "option_a": "一", "option_b": "二"}
    imported = read(tmp_path / "题库.xlsx", blobs, chosen)
    assert imported.mapping == chosen
    assert [(q.text, q.options, q.answer) for q in imported.questions] == [
        ("题？", ("x", "y"), "B")
    ]


def test_usual_headings_are_recognised_and_remembered_by_one_key() -> None:
    mapping = recognise(
        ["序号", "试题内容", "标准答案", "答案解析", "A", "B选项", "选项三", "难易程度"]
    )
    assert mapping == {
        "number": "序号",
        "text": "试题内容",
        "answer": "标准答案",
        "explain": "答案解析",
        "option_a": "A",
        "option_b": "B选项",
        "option_c": "选项三",
        "difficulty": "难易程度",
    }
    assert headings_key(["题干", "答案 "]) == headings_key(["题 干*", "答案（必填）", ""])
    assert headings_key(["题干", "答案"]) != headings_key(["答案", "题干"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_a_table_too(encoding: str, reading: Reader) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([["题干", "选项", "答案"], ["甲{=}？", "一\n二", "A"]])
    imported = reading(written.getvalue().encode(encoding))
    assert (imported.format, imported.questions[0].options) == ("csv", ("一", "二"))


def test_pictures_over_cells_and_of_wps_come_along(tmp_path: Path, blobs: BlobStore) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("题")
        page.write_row(0, 0, ["题干", "A", "B", "答案"])
        page.write_row(1, 0, ["看图：", "", "没有", "A"])
        image = {"image_data": io.BytesIO(_png())}
        page.insert_image(1, 0, "x.png", image)
        page.insert_image(1, 1, "x.png", image)
        page.write_string(2, 0, '=DISPIMG("ID_1",1)')
        page.write_row(2, 1, ["一", "二", "A"])
    _add_cell_images(path)
    imported = read(path, blobs)
    assert codes(imported) == []
    first, second = imported.questions
    assert first.text.startswith('看图：<br><img src="/media/')
    assert first.options[0].startswith("<img")
    assert second.text.startswith("<img")
    assert blobs.has(first.media[0].sha256)


def _png() -> bytes:
    """One pixel, valid as far as the library that writes workbooks looks."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return PNG[:8] + struct.pack(">I", 13) + b"IHDR" + head + b"\0\0\0\0\0\0\0\0IEND\xaeB`\x82"


def _add_cell_images(path: Path) -> None:
    """Add what WPS writes for a picture in a cell to what the library wrote."""
    names = "xmlns:x='urn:x' xmlns:r='urn:r'"
    images = (
        f"<x:cellImages {names}><x:cellImage><x:pic><x:nvPicPr><x:cNvPr name='ID_1'/></x:nvPicPr>"
        "<x:blipFill><x:blip r:embed='rId1'/></x:blipFill></x:pic></x:cellImage></x:cellImages>"
    )
    relations = "<Relationships><Relationship Id='rId1' Target='media/image1.png'/></Relationships>"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/cellimages.xml", images)
        archive.writestr("xl/_rels/cellimages.xml.rels", relations)


def test_a_picture_that_is_only_named_is_refused(sheet: Sheet) -> None:
    imported = sheet(
        ["题干", "图片", "答案"], ["甲。", "a.png", "对"], ["乙。", "http://x/a.png", "对"]
    )
    assert codes(imported) == ["media-missing", "media-outside"]
    assert codes(sheet(["题干", "视频", "答案"], ["甲。", "a.mp4", "对"])) == ["rich-element"]


def test_no_cell_of_an_export_is_a_formula(tmp_path: Path, blobs: BlobStore) -> None:
    nasty = ["=1+1", "+1", "-1", "@SUM(1)", '=HYPERLINK("http://x","y")']
    bank = [replace(GOOD, id=f"q{n}x", text=text) for n, text in enumerate(nasty)]
    write(bank, "xlsx", tmp_path / "a.xlsx", blobs)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert [q.text for q in read(tmp_path / "a.xlsx", blobs).questions] == nasty


def test_a_table_larger_than_memory_is_refused(tmp_path: Path, blobs: BlobStore) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.write(0, 0, "题干")
        page.write(1_048_575, 16_383, "x")
    assert fault_of(lambda: read(path, blobs)) == "bank-sheet-area"


def test_a_workbook_that_unpacks_too_large_or_is_damaged_is_refused(
    tmp_path: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert fault_of(lambda: read(path, blobs)) == "bank-workbook"
    monkeypatch.setattr(limits, "MAX_WORKBOOK_BYTES", 5)
    assert fault_of(lambda: read(path, blobs)) == "bank-too-large"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    assert fault_of(lambda: read(path, blobs)) == "bank-workbook"


@pytest.mark.parametrize(
    "answer",
    [
        "【ABD】",
        "(A、B、D)",
        "答案：ABD",
        "正确答案:A B D",
        "A-B-D",
        "A和B和D",
        "选ABD",
        124,
        "甲，乙，丁",
    ],
)
def test_several_right_options_are_named_in_many_ways(answer: object, sheet: Sheet) -> None:
    imported = sheet(HEAD, ["多选题", "甲？", "甲", "乙", "丙", "丁", answer])
    assert [q.answer for q in imported.questions] == ["ABD"]


@pytest.mark.parametrize("answer", ["（B）", "B 乙", "B选项", "应选B", "【Ｂ】"])
def test_one_right_option_is_named_in_many_ways(answer: str, sheet: Sheet) -> None:
    imported = sheet(HEAD, ["单选题", "甲？", "甲", "乙", "丙", "丁", answer])
    assert [q.answer for q in imported.questions] == ["B"]


def test_digits_are_several_places_only_where_several_are_asked_for(sheet: Sheet) -> None:
    imported = sheet(HEAD, ["", "共几人？", "3 人", "4 人", "5 人", "12 人", "12"])
    assert codes(imported) == ["asked-answer-unknown"]


def test_an_answer_that_is_an_option_itself_is_that_option(sheet: Sheet) -> None:
    imported = sheet(HEAD, ["单选题", "什么血型？", "O", "A", "AB", "B", "AB"])
    assert [q.answer for q in imported.questions] == ["C"]


@pytest.mark.parametrize(
    ("answer", "key"),
    [("（√）", "A"), ("[正确]", "A"), ("A.正确", "A"), ("B．错误", "B"), ("V", "A"), ("叉", "B"),
     ("说法不正确", "B"), ("0.0", "B")],
)  # fmt: skip
def test_true_and_false_are_said_in_many_ways(answer: str, key: str, sheet: Sheet) -> None:
    imported = sheet(HEAD, ["判断题", "甲。", "", "", "", "", answer])
    assert [q.answer for q in imported.questions] == [key]


def test_a_blank_of_lines_says_that_it_is_a_fill_in(sheet: Sheet) -> None:
    imported = sheet(HEAD, ["", "电压的单位是____", "", "", "", "", "V"])
    assert [(q.type, q.answer) for q in imported.questions] == [("fill", '"V')]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("在____日内，由（ ）组织", "五；机关"),
        ("在____日内，由____组织", "1.五 2.机关"),
        ("在____日内，由____组织", "①五②机关"),
        ("在（）日内，由（ ）组织", "（1）五\n（2）机关"),
    ],
)
def test_several_blanks_and_their_answers_are_written_in_many_ways(
    text: str, answer: str, sheet: Sheet
) -> None:
    imported = sheet(HEAD, ["填空题", text, "", "", "", "", answer])
    assert [(q.text, q.answer) for q in imported.questions] == [
        ("在____日内，由____组织", "五‖机关")
    ]


@pytest.mark.parametrize(
    "cell",
    ["(A)千克 (B)米 (C)秒", "Ａ．千克　Ｂ．米　Ｃ．秒", "A千克\nB米\nC秒"],
)
def test_options_in_one_cell_lose_their_letters(cell: str, sheet: Sheet) -> None:
    imported = sheet(["题型", "题干", "选项", "答案"], ["单选", "质量单位？", cell, "(A)"])
    assert [(q.options, q.answer) for q in imported.questions] == [(("千克", "米", "秒"), "A")]


def test_options_may_stand_behind_their_question(sheet: Sheet) -> None:
    imported = sheet(["题型", "题目", "答案"], ["单选", "几人？ A. 一人 B. 两人 C. 三人", "B"])
    (question,) = imported.questions
    assert (question.text, question.answer) == ("几人？", "B")
    assert question.options == ("一人", "两人", "三人")


def test_a_title_over_questions_says_their_type(sheet: Sheet) -> None:
    imported = sheet(
        ["序号", "题目", "选项A", "选项B", "答案"],
        ["一、判断题（每题1分）"],
        [1, "电压的单位是____", "", "", "V"],
        ["二、名词解释"],
        [2, "听证（ ）", "", "", "正确"],
        ["第三部分 案例分析题"],
        ["四、试述以下问题"],
    )
    assert [(q.type, q.answer) for q in imported.questions] == [
        ("truefalse", "A"),
        ("essay", "*正确"),
    ]
    assert (codes(imported), imported.total) == (["asked-empty"], 3)
