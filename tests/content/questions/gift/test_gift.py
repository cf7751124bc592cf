"""content.questions.gift.reader: Moodle's text format, as people and as Moodle write it."""

from pathlib import Path

import pytest

from content.questions import read, write
from content.transfer.blobs import BlobStore
from tests.content.questions.conftest import Reader, codes, notes, real


@pytest.mark.parametrize(
    ("written", "kind", "text", "options", "answer"),
    [
        ("Who?{~Grant =no one}", "single", "Who?", ("Grant", "no one"), "B"),
        ("G is {~a =b} there.", "single", "G is ____ there.", ("a", "b"), "B"),
        ("Who?{=no one =nobody}", "fill", "Who?", (), "no one|nobody"),
        ("2+2\\={=four =4}.", "fill", "2+2=____.", (), "four|4"),
        ("Two?{~%50%a ~%50%b ~%-100%c}", "multiple", "Two?", ("a", "b", "c"), "AB"),
        ("Down.{F}", "truefalse", "Down.", ("正确", "错误"), "B"),
        ("Up.{true}", "truefalse", "Up.", ("正确", "错误"), "A"),
        ("Born?{#1822:5}", "numeric", "Born?", (), "#1822~5"),
        ("Pi?{#3.141..3.142}", "numeric", "Pi?", (), "#3.1415~0.0005"),
        ("Minus?{#-3..-1}", "numeric", "Minus?", (), "#-2~1"),
        ("Two?{# =2:0.1 =%50%3:1 =4}", "numeric", "Two?", (), "#2~0.1|4~0"),
        ("Say.{}", "essay", "Say.", (), "*"),
        ("{=a} b {=c =d}", "fill", "____ b ____", (), "a‖c|d"),
        ("A grade?{=A}", "fill", "A grade?", (), '"A'),
        ("两人（ ）执法{=主动}", "fill", "两人____执法", (), "主动"),
    ],
)
def test_a_question_is_what_its_braces_say(
    written: str, kind: str, text: str, options: tuple[str, ...], answer: str, reading: Reader
) -> None:
    (question,) = reading(written).questions
    assert (question.type, question.text) == (kind, text)
    assert (question.options, question.answer) == (options, answer)


def test_a_matching_has_each_right_side_once(reading: Reader) -> None:
    (asked,) = reading("M {=a -> 1 =b->2 = c -> 1 = -> 3}").questions
    assert asked.prompts == ("a", "b", "c")
    assert (asked.options, asked.answer) == (("1", "2", "3"), "=ABA")


def test_an_ordering_is_listed_solved(reading: Reader) -> None:
    (asked,) = reading("Steps{>4 ALL VERTICAL\none\ntwo\nthree\nfour\n}").questions
    assert (asked.type, asked.answer) == ("ordering", ">ABCD")
    assert asked.options == ("one", "two", "three", "four")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("Only words.", ["asked-description"]),
        ("::n:: open {=a", ["gift-braces"]),
        ("a {=b} c {#4}", ["gift-braces"]),
        ("{=a}", ["asked-empty"]),
        ("[html]<br>{T}", ["asked-empty"]),
        ("n{#four}", ["asked-number"]),
        ("n{#}", ["asked-number"]),
        ("w{=ab*}", ["asked-wildcard"]),
        ("w{=a|b}", ["asked-bar"]),
        ("w{=%50%a}", ["asked-no-answer"]),
        ("w ____ and ____{=a}", ["fill-blank"]),
        ("w{=a =b ~c}", ["asked-one-right"]),
        ("w{~a ~b}", ["asked-no-answer"]),
        ("w{=a ~a}", ["option-twice"]),
        ("w{=a ~}", ["asked-option-empty"]),
        ("w{=a}{~b}", ["gift-braces"]),
        ("w{~%100%a}", ["question-options"]),
        ("w{=a -> b =c}", ["gift-arrow"]),
        ("w{=a -> b = -> c}", ["question-prompts"]),
        ("w" * 4001 + "{T}", ["asked-text-long"]),
        ("w{=" + "a" * 1001 + " ~b}", ["asked-option-long"]),
        ("w{=" + "a" * 201 + "}", ["asked-answer-long"]),
        ("w{T####" + "a" * 4001 + "}", ["asked-explain-long"]),
        ("[html]<iframe src=x></iframe>w{T}", ["rich-element"]),
        ("[html]<img src='a.png'>w{T}", ["media-missing"]),
        ("[html]<img src='https\\://x.example/a.png'>w{T}", ["media-outside"]),
        ("[html]<img src='data\\:image/png;base64,AAAA'>w{T}", ["media-kind"]),
    ],
)
def test_what_is_no_question_of_ours_is_refused_with_its_reason(
    written: str, why: list[str], reading: Reader
) -> None:
    imported = reading(f"ok{{T}}\n\n{written}")
    assert codes(imported) == why
    assert imported.total == len(imported.questions) + len(imported.refused) == 2
    assert [fault.line for fault in imported.refused] == [3] * len(why)


def test_chapters_names_comments_and_ids_are_read(reading: Reader) -> None:
    imported = reading(
        "// heading\n\n$CATEGORY: $course$/top/第一章/总则\n\n"
        "// question: 7  name: x [id:law-1] [tag:xz:difficulty=4] [tag:old]\n::名 称::甲？{T}\n\n"
        "$CATEGORY: $course$/top\n::坏::乙？{=\n"
    )
    (asked,) = imported.questions
    assert (asked.id, asked.chapter, asked.difficulty) == ("law-1", "第一章/总则", 4)
    assert notes(imported) == ["note-tags"]
    assert imported.refused[0].where() == "bank.txt 第 9 行（坏）"


def test_formats_decide_what_is_html(reading: Reader) -> None:
    imported = reading(
        "[plain]a <b>b</b>{T}\n\n[html]a <b>b</b>{T}\n\na <b>b</b>{T}\n\n[markdown]a **b**{T}\n\n"
        "[html]<p>a&nbsp;&lt; b</p><p>c</p>{T}"
    )
    assert [(q.rich, q.text) for q in imported.questions] == [
        (False, "a <b>b</b>"),
        (True, "a <b>b</b>"),
        (True, "a <b>b</b>"),
        (True, "<p>a <strong>b</strong></p>"),
        (False, "a\xa0< b\nc"),
    ]


def test_formulas_are_kept_as_tex_between_our_signs(reading: Reader) -> None:
    imported = reading(
        "a \\(\\frac\\{1\\}\\{2\\} \\neq b\\) $$x^2$$ c{T}\n\n$$\\nu\\=1$${T}\n\n"
        "[html]<b>$$a$$</b>{T}"
    )
    assert [question.text for question in imported.questions] == [
        r"a \(\frac{1}{2} \neq b\) \(x^2\) c",
        r"\[\nu=1\]",
        r"<b>\[a\]</b>",
    ]


def test_what_is_said_to_each_answer_stays_in_the_explanation(reading: Reader) -> None:
    (asked, other) = reading("w{=a#good ~b#[html]<i>bad</i>####why}\n\nw ____{=<1#good}").questions
    assert asked.explain == "A：good<br>B：<i>bad</i><br>why"
    assert other.explain == "<1：good"


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ("w{=a ~%50%b}", "note-partial"),
        ("w{~%50%a ~%50%b ~%-50%c}", "note-penalty"),
        ("w{~%100%a ~b}", "note-one-of-several"),
        ("w\x07{T}", "note-invisible"),
        ("[html]w<script>x()</script>{T}", "note-script"),
        ("$CATEGORY: " + "长" * 300 + "\n\nw{T}", "note-chapter-cut"),
        ("// [id:a]\nw{T}\n\n// [id:a]\nx{T}", "note-id-twice"),
    ],
)
def test_what_a_question_loses_is_remarked(written: str, note: str, reading: Reader) -> None:
    imported = reading(written)
    assert notes(imported) == [note]
    assert not imported.refused


def test_a_question_goes_on_after_an_empty_line_in_its_braces(reading: Reader) -> None:
    imported = reading("a{\n=b\n\n~c\n}\n\nopen{=x\n\nd{T}")
    assert [question.text for question in imported.questions] == ["a", "d"]
    assert codes(imported) == ["gift-braces"]


def test_twins_are_counted_and_known_ones_recognised(reading: Reader) -> None:
    imported = reading("a{T}\n\n::x::a{T}\n\nb{F}")
    assert (len(imported.questions), imported.duplicates()) == (3, 1)
    again = reading("b{F}\n\nc{T}")
    from content.questions import fingerprint

    known = {fingerprint(question) for question in imported.questions}
    assert (again.duplicates(known), [q.text for q in again.fresh(known)]) == (1, ["c"])


@pytest.mark.parametrize(
    ("name", "total", "twins"), [("examples.gift.txt", 43, 11), ("questions.gift.txt", 9, 1)]
)
def test_every_question_of_moodles_examples_comes_in(
    name: str, total: int, twins: int, blobs: BlobStore
) -> None:
    imported = read(real("moodle", name), blobs)
    assert (imported.format, imported.total, len(imported.questions)) == ("gift", total, total)
    assert imported.duplicates() == twins


@pytest.mark.parametrize("format", ["html", "plain", "markdown", "moodle"])
def test_a_format_before_an_accepted_answer_is_no_part_of_it(format: str, reading: Reader) -> None:
    bank = f"甲{{=red =[{format}]blue =%100%[{format}]dark blue#对}}\n\n乙{{#=[{format}]4:0.5}}"
    assert [one.answer for one in reading(bank).questions] == ["red|blue|dark blue", "#4~0.5"]


def test_a_wording_that_looks_like_a_format_survives_an_export(
    reading: Reader, tmp_path: Path, blobs: BlobStore
) -> None:
    (asked,) = reading("甲{=[plain][markdown]x =[y]}").questions
    assert asked.answer == "[markdown]x|[y]"
    assert write([asked], "gift", tmp_path / "again", blobs) == ()
    assert read(tmp_path / "again", blobs).questions == (asked,)


def test_code_keeps_the_blanks_before_its_lines(reading: Reader) -> None:
    code = "for x in a\\:\n    print(x)\n\ty"
    lines = "for x in a:\n    print(x)\n\ty"
    questions = reading(
        f"[html]<p>甲</p>\n<pre>\n{code}\n</pre>{{}}\n\n<p>乙</p>\n<pre>{code}</pre>{{}}\n\n"
        f"[markdown]丙\n\\n    x = 1\n      y{{}}\n\n[plain]丁\n    {code}{{}}"
    ).questions
    for asked in questions[:2]:
        assert lines in asked.text
        assert "<br>" not in asked.text
    assert "<code>x = 1\n  y" in questions[2].text
    assert questions[3].text == f"丁\n    {lines}"


def test_blanks_that_only_order_the_file_do_not_come_in(reading: Reader) -> None:
    (asked,) = reading("甲\n    乙{\n\t\t=一\n\t\t~二\n\t\t  三\n}").questions
    assert (asked.text, asked.options) == ("甲\n乙", ("一", "二\n三"))


def test_signs_in_the_attributes_of_a_tag_begin_no_answer(reading: Reader) -> None:
    tag = '<a href="#top" title="x~y=z">一</a>'
    (asked,) = reading(f"[html]甲{{~%50%{tag} ~%50%<b>二</b> ~%-100%三}}").questions
    assert (asked.type, asked.answer, len(asked.options)) == ("multiple", "AB", 3)


def test_joined_files_and_old_line_ends_are_read(reading: Reader) -> None:
    bank = "\ufeff::一::甲{T}\r\n\r\n\ufeff::二::乙{F#不对#对}\r\r::三::丙{=a ~%33,3%b}"
    imported = reading(bank)
    assert [one.text for one in imported.questions] == ["甲", "乙", "丙"]
    assert notes(imported) == ["note-partial"]


@pytest.mark.parametrize(
    ("text", "kind", "options", "key"),
    [
        ("选 {1:MULTICHOICE:=Plum#yes~Stone} 。", "single", ("Plum", "Stone"), "A"),
        ("选 {:MCVS:~%0%一~%100%二} 。", "single", ("一", "二"), "B"),
        ("选 {2:MULTIRESPONSE:=一~二~%50%三}", "multiple", ("一", "二", "三"), "AC"),
        ("填 {1:NM:=3.5:0.5~%50%4}", "numeric", (), "#3.5~0.5"),
        ("填 {1:SA:=一} 和 {1:MW:=二~%50%三}", "fill", (), "一‖二"),
    ],
)
def test_a_cloze_text_is_the_question_that_it_is(
    text: str, kind: str, options: tuple[str, ...], key: str, reading: Reader
) -> None:
    imported = reading(text)
    (asked,) = imported.questions
    assert (imported.format, imported.total) == ("cloze", 1)
    assert (asked.type, asked.options, asked.answer) == (kind, options, key)
    assert "____" in asked.text
    (beside,) = reading(f"{text}\n\n::甲::乙{{T}}").questions[:1]
    assert (beside.type, beside.answer) == (kind, key)


@pytest.mark.parametrize(
    "text",
    ["选 {1:MULTICHOICE:=Plum#yes}", "选 {1:MC:=一~二} 和 {1:SA:=三}", "{1:MC:=a~b}{1:MC:=c~d}"],
)
def test_a_cloze_that_is_no_question_of_ours_is_refused(text: str, reading: Reader) -> None:
    imported = reading(text)
    assert (imported.questions, codes(imported)) == ((), ["asked-cloze"])


@pytest.mark.parametrize("text", ["----", "二、判断题（共 10 题）", "第三章 食品安全"])
def test_an_essay_that_only_parts_others_is_remarked(text: str, reading: Reader) -> None:
    assert notes(reading(f"{text}{{}}")) == ["note-essay-separator"]
    assert notes(reading("判断题为什么容易做？{}")) == []
