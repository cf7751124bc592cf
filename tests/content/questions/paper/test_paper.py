"""Papers in plain text: what offices write is understood, what is not certain is refused."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.questions import FORMATS, read, write
from content.questions.model.report import Imported
from content.questions.model.rich_text import MediaCollector
from content.questions.paper import reader
from content.questions.paper.answer_list import Key
from content.questions.paper.lines import Section
from content.source.file_kind import What, recognise
from content.transfer.blobs import BlobStore
from content.word.flow import Flow
from tests.content.questions.conftest import Reader, codes, notes

PAPER = """食品安全监管人员考试题库

一、单项选择题（每题2分，共40分）
1. 食品经营许可证的有效期为（ C ）年。
A. 1    B. 3    C. 5    D. 10
2、下列属于食品添加剂的是（　　）。
A、三聚氰胺
B、柠檬酸
答案：B
解析：柠檬酸是酸度调节剂。
难度：易
章节：添加剂
3．水的化学式是（  ）
A．H2O B．CO2	C．O2	D．N2
【答案】Ａ 【解析】略。
依据：《教材》第3页
二、多项选择题
1. 下列哪些正确（ＡＢＤ）
(A) 甲 (B) 乙 (C) 丙 (D) 丁
2. 哪些是计量单位？A.米 B.千克 C.苹果
正确答案：A、B
三、判断题（对的打√，错的打×）
1. 地球是圆的。（√）
2. 太阳绕地球转。（ × ）
（ √ ）3、水往低处流。
4. 一年有13个月。 正确答案：错，应为12个月。
四、填空题
1. 食品安全法自____年起施行，共____章。
答案：（1）2015；（2）十
2. 我国的首都是（    ）。
参考答案：北京。
五、简答题
1. 简述食品安全监管的原则。
参考答案：
1. 预防为主；
2. 风险管理。
2. 什么是追溯？
答：追溯是指查得到来去。
"""
ANSWERS = ["C", "B", "A", "ABD", "AB", "A", "B", "A", "B", "2015‖十", "北京",
           "*1. 预防为主；\n2. 风险管理。", "*追溯是指查得到来去。"]  # fmt: skip


# Lines that papers are made of, and lines that only look so.
PIECES = [
    *PAPER.split("\n"), "参考答案", "答案：", "1-3 ABC", "1.A 2.√", "二、1. 5",
    "第一章 总则", "二、食品经营", "根据材料，回答1～2题。", "阅读材料，回答问题。",
    "6 题", "3）题", "（2）题", "A一", "B二", "a. 甲 b. 乙", "B. 乙 B. 丙 C. 丁",
    "T. 末", "题型：多选", "答案 AB", "(完)", "第 1 页", " " * 200, "\ufffc",
]  # fmt: skip


def first(imported: Imported) -> tuple[str, str, tuple[str, ...], str]:
    (question,) = imported.questions
    return question.type, question.text, question.options, question.answer


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_paper_is_read_in_every_usual_encoding(reading: Reader, encoding: str) -> None:
    imported = reading(PAPER.encode(encoding))
    assert (imported.format, imported.total, codes(imported)) == ("paper", 13, [])
    assert [question.answer for question in imported.questions] == ANSWERS


def test_a_paper_keeps_explanations_levels_and_chapters(reading: Reader) -> None:
    questions = reading(PAPER.replace("\n", "\r\n")).questions
    assert (questions[1].explain, questions[1].difficulty, questions[1].chapter) == (
        "柠檬酸是酸度调节剂。", 1, "添加剂",
    )  # fmt: skip
    assert questions[2].explain == "略。\n依据：《教材》第3页"
    assert questions[0].text == "食品经营许可证的有效期为（ ）年。"
    assert questions[8].explain == "应为12个月"
    assert questions[9].text == "食品安全法自____年起施行，共____章。"


def test_a_paper_is_recognised_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(PAPER.encode("gb18030"))
    assert recognise(path, "第一讲讲义.txt") is What.BANK


@pytest.mark.parametrize(
    "text",
    [
        "第一条 为了规范市场，制定本办法。\n第二条 下列行为：\n（一）甲；\n（二）乙。\n" * 9,
        "常见问题\n1. 怎么登录？\n答：用工号。\n2. 忘了密码怎么办？\n答：找管理员。\n",
        "讲义\n" + "这一节讲检查的步骤，先看票证，再看标签，最后看保质期和贮存条件。\n" * 20
        + "练习\n1. 先看什么？（ A ）\nA. 票证 B. 天气\n",
    ],
)  # fmt: skip
def test_a_text_that_is_mostly_something_else_is_a_page(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x"
    path.write_text(text, "utf-8")
    assert recognise(path, "x.txt") is What.PAGE


def test_the_same_paper_again_is_known(reading: Reader) -> None:
    from content.questions import fingerprint

    imported = reading(PAPER)
    again = reading(PAPER.replace("A. 1    B. 3    C. 5    D. 10", "A．1\nB．3\nC．5\nD．10"))
    assert again.duplicates({fingerprint(question) for question in imported.questions}) == 13


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_a_paper_comes_back_from_every_export(
    reading: Reader, tmp_path: Path, blobs: BlobStore, format: str
) -> None:
    imported = reading(PAPER)
    path = tmp_path / "out"
    assert write(imported.questions, format, path, blobs) == ()
    assert read(path, blobs, name="out").questions == imported.questions


KEYED = """计量试卷
一、单项选择题
1.法定计量单位由谁规定？（ ）
A.国务院 B.省政府 C.县政府
2.长度的单位是（ ）
A.米 B.千克 C.秒
二、多选题
1.强制检定包括（ ）
A.贸易结算 B.安全防护 C.医疗卫生
2.下列是国际单位的有（ ）
A.米 B.斤 C.秒
三、判断题
1.计量器具必须检定。（ ）
2.秤可以随意拆。（ ）
四、填空题
1.一千克是____克。
"""


@pytest.mark.parametrize(
    "key",
    [
        "参考答案\n一、单选题：1-2 AB\n二、多选题\n1.ABC 2.AC\n三、判断题\n1.√ 2.×\n四、1. 1000",
        "答案：\n一、1.A 2.B\n二、1-2 ABC AC\n三、1-2：√×\n四、\n1、1000",
        "标准答案及解析\n单选题\n1.A 解析：规定。\n2.【答案】B【解析】米。\n"
        "多项选择题\n1、A、B、C\n"
        "2、A,C\n判断题\n1.对 2.错\n填空题\n1.1000",
    ],
)
def test_answers_at_the_end_are_found_by_section_and_number(reading: Reader, key: str) -> None:
    imported = reading(KEYED + key)
    assert codes(imported) == []
    assert [question.answer for question in imported.questions] == [
        "A",
        "B",
        "ABC",
        "AC",
        "A",
        "B",
        "1000",
    ]


def test_answers_at_the_end_that_mean_two_questions_are_refused(reading: Reader) -> None:
    imported = reading(KEYED + "参考答案\n1.A 2.B\n")
    assert codes(imported).count("paper-key-unclear") == 7
    assert imported.total == 7


def test_a_range_with_too_few_answers_is_refused(reading: Reader) -> None:
    text = "1.甲（ ）\nA.一 B.二\n2.乙（ ）\nA.一 B.二\n3.丙（ ）\nA.一 B.二\n参考答案：1-3 AB 4.A"
    imported = reading(text)
    assert codes(imported) == ["paper-key-unclear"] * 3
    assert "note-paper-key-left" in notes(imported)


def test_a_second_paper_in_the_file_is_no_list_of_answers(reading: Reader) -> None:
    imported = reading((KEYED + "参考答案\n一、单选题\n1-2 AB\n") * 2)
    assert imported.total == 14


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1. 题（ ）\nA. 一 B. 二", "asked-no-answer"),
        ("1. 题（A）\nA. 一 B. 二\n答案：B", "paper-answers-differ"),
        ("1. 题\nA. 一\nC. 三\nD. 四\n答案：A", "paper-options-unclear"),
        ("1. 题\nA. 一\nA. 二\n答案：A", "paper-options-unclear"),
        ("1. 题（A）\nA. 见B.1或B.2条 C. 三", "paper-options-unclear"),
        ("1. 题（A）或（B）\nA. 一 B. 二", "asked-no-answer"),
        ("1. 题（A）（ ）\nA. 一 B. 二", "asked-no-answer"),
        ("1. 题（ ）\nA. 一 B. 二\n答案：E", "asked-answer-unknown"),
        ("一、单选题\n1. 题（AB）\nA. 一 B. 二", "asked-one-right"),
        ("一、多选题\n1. 题（A）\nA. 一 B. 二", "asked-several-right"),
        ("一、单选题\n1. 题（ ）\n答案：A", "paper-options"),
        ("一、选择题\n1. 题（ ）\n答案：A", "paper-options"),
        ("一、判断题\n1. 题（ ）", "asked-no-answer"),
        ("一、判断题\n1. 题（ ）\n答案：也许", "asked-answer-unknown"),
        ("一、填空题\n1. 甲____乙____。\n答案：一", "fill-blank"),
        ("一、填空题\n1. 甲____乙。\n答案：（1）一（2）二", "fill-blank"),
        ("一、填空题\n1. 甲____乙。", "asked-no-answer"),
        ("一、连线题\n1. 连\nA. 一 B. 二\n答案：AB", "paper-matching"),
        ("一、单选题\n1. 题（ ）\nA. 一\nB. 二\n\n这一行是什么", "paper-stray"),
        (
            "材料：某店卖假秤。\n根据材料回答下列问题。\n1. 罚多少（A）\nA. 一 B. 二",
            "paper-material",
        ),
    ],
)
def test_what_is_not_certain_is_refused(reading: Reader, text: str, code: str) -> None:
    imported = reading(text)
    assert (imported.total, codes(imported)) == (1, [code])


def test_a_refused_question_is_named_with_number_and_words(reading: Reader) -> None:
    (fault,) = reading("一、单选题\n\n7. 称重的单位是（ ）\nA. 千克 B. 米").refused
    assert fault.text() == (
        "bank.txt 第 3 行（一、7. 称重的单位是（ ））：这道题没有正确答案。请写明哪个答案是对的。"
    )


def test_a_text_for_several_questions_stands_before_each(reading: Reader) -> None:
    text = "案例题\n材料：某店卖假秤。\n根据材料，回答1～2题。\n"
    text += "1. 罚多少（A）\nA. 一 B. 二\n2. 谁罚\nA. 一 B. 二\n答案：B\n3. 无关\n答：无。"
    imported = reading(text)
    assert [question.type for question in imported.questions] == ["single", "single", "essay"]
    assert ["某店" in question.text for question in imported.questions] == [True, True, False]


def test_questions_without_sections_show_what_they_are(reading: Reader) -> None:
    text = "第一章 总则\n1. 2023年的事（AC）\nA. 一 B. 二 C. 三\n2．（判断）地是方的。\n答案：×\n"
    text += "3. 【填空】1米是____厘米。（2分）\n答案：100\n第二章 分则\n1）甲（B）\nA一\nB二\n"
    imported = reading(text)
    assert codes(imported) == []
    assert [(question.type, question.chapter) for question in imported.questions] == [
        ("multiple", "第一章 总则"), ("truefalse", "第一章 总则"), ("fill", "第一章 总则"),
        ("single", "第二章 分则"),
    ]  # fmt: skip
    assert imported.questions[2].text == "1米是____厘米。"
    assert imported.questions[3].options == ("一", "二")


def test_options_may_speak_of_letters(reading: Reader) -> None:
    text = "1. 作用是（ ）\nA、见维生素A、B、C\nB、第二\nC、第三\n答案：B"
    assert first(reading(text)) == (
        "single", "作用是（ ）", ("见维生素A、B、C", "第二", "第三"), "B",
    )  # fmt: skip


def test_statements_in_a_question_are_no_options_and_no_questions(reading: Reader) -> None:
    text = (
        "一、单选题\n1. 正确的是\n1. 甲\n2. 乙\nA. 1 B. 2\n答案：A\n2. 又（B）\n①甲\n②乙\nA.① B.②"
    )
    imported = reading(text)
    assert [question.text for question in imported.questions] == [
        "正确的是\n1. 甲\n2. 乙",
        "又（ ）\n①甲\n②乙",
    ]


def test_a_choice_of_any_number_with_one_right_answer_is_single(reading: Reader) -> None:
    imported = reading("一、不定项选择题\n1. 甲（A）\nA. 一 B. 二")
    assert (first(imported)[0], notes(imported)) == ("single", ["note-one-of-several"])


def test_an_ordering_is_its_letters(reading: Reader) -> None:
    imported = reading("一、排序题\n1. 先后\nA. 二 B. 一 C. 三\n答案：BAC")
    assert first(imported)[::3] == ("ordering", ">BAC")


def test_what_belongs_to_no_question_is_said(reading: Reader) -> None:
    imported = reading(
        "试卷\n1. 甲（A）\nA. 一 B. 二\n答案：A\n\n考试须知见附件\n2. 乙（B）\nA. 一 B. 二"
    )
    assert (len(imported.questions), notes(imported)) == (
        2,
        ["note-paper-stray", "note-paper-stray"],
    )


def test_an_essay_needs_no_model_answer(reading: Reader) -> None:
    imported = reading("一、简答题\n1. 为什么？\n2. 如何？\n答案：这样。")
    assert [question.answer for question in imported.questions] == ["*", "*这样。"]
    assert notes(imported) == ["note-paper-no-model"]


def test_a_paper_without_numbers_is_read_like_one_with(reading: Reader) -> None:
    imported = reading(
        "一、单选题\n甲是什么（ ）\nA. 一\nB. 二\n答案：A\n\n乙是什么\nA. 一\nB. 二\n答案：B"
    )
    assert [question.text for question in imported.questions] == ["甲是什么（ ）", "乙是什么"]


def test_pages_numbers_and_endless_blanks_do_no_harm(reading: Reader) -> None:
    text = "1. 甲（" + " " * 90_000 + "）\nA. 一 B. 二\n第 1 页 共 2 页\n答案：A"
    assert first(reading(text))[3] == "A"
    assert not reader.looks_like(reader.lines_of("1. 甲（A）\nA. 一 B. 二\n" + "答案：A" * 9_000))


def test_what_is_aikens_stays_aikens(reading: Reader) -> None:
    assert reading("1. What?\nA) x\nB) y\nANSWER: B").format == "aiken"
    assert reading("甲\nA. 一\nB. 二\n答案：B").format == "aiken"


def test_a_list_behind_each_section_is_for_that_section(reading: Reader) -> None:
    text = "一、判断题\n1.对企业检查是职责。（）\n2.错误的秤可以用。（）\n答案：1.√；2.×\n"
    text += "二、单选题\n1、选( )\nA、1   B、2   C、3\n2、选( )\nA、甲   B、乙\n答案：1、C；2、B\n"
    imported = reading(text + "三、多选\n1、下列（ ）\nA.甲 B.乙\n答案：AB")
    assert [question.answer for question in imported.questions] == ["A", "B", "C", "B", "AB"]
    assert imported.total == 5


def test_letters_beyond_those_of_options_begin_none(reading: Reader) -> None:
    bare = [f"{chr(ord('A') + at)}项" for at in range(26)]
    imported = reading(
        "\n".join(["一、单选题", "1. 甲（ ）", *bare, "[", "2. 乙（A）", "A一", "B二"])
    )
    assert (imported.total, codes(imported)) == (2, ["paper-stray"])


def test_a_sign_for_an_object_that_a_text_has_lost_is_left_out(reading: Reader) -> None:
    assert first(reading("1. 如图\ufffc，甲是（A）\nA. 一\ufffc\nB. 二")) == (
        "single", "如图，甲是（ ）", ("一", "二"), "A",
    )  # fmt: skip


@settings(suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=30))
def test_any_lines_are_questions_or_refused_without_an_exception(
    blobs: BlobStore, texts: list[str]
) -> None:
    lines = reader.lines_of("\n".join(texts))
    reader.looks_like(lines)
    assert reader.count_in(lines) <= len(lines)
    imported = reader.read(lines, "bank.txt", "paper", MediaCollector(blobs))
    assert len(imported.questions) + len(imported.refused) == imported.total


CHOICES = "".join(f"{n}.题{n}（ ）\nA.一 B.二 C.三\n" for n in range(1, 5))


@pytest.mark.parametrize("key", ["1.A 2.B 2.C 4.A", "1-2 AB\n2.C\n4.A"])
def test_a_number_that_is_answered_twice_is_unclear_and_the_one_before_is_not(
    key: str, reading: Reader
) -> None:
    imported = reading(f"一、单选题\n{CHOICES}参考答案\n{key}")
    assert [question.text for question in imported.questions] == ["题1（ ）", "题4（ ）"]
    assert codes(imported) == ["paper-key-unclear", "asked-no-answer"]


def test_an_answer_in_words_before_a_number_that_comes_twice_is_unclear_too() -> None:
    """The second may stand in a list inside it."""
    key = Key(Section())
    for number, answer in (
        (1, "甲有两点："),
        (2, "其二。"),
        (2, "乙。"),
        (4, "A"),
        (5, "B"),
        (5, "C"),
    ):
        key.put(number, {"answer": [Flow(answer)]})
    assert key.unclear == {1, 2, 5}
