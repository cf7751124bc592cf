"""content.questions.qti.v1: items as Canvas, Blackboard and Common Cartridge write them."""

import pytest

from tests.content.questions.conftest import Reader, codes, notes


def text(words: str, kind: str = "text/plain") -> str:
    return f'<material><mattext texttype="{kind}">{words}</mattext></material>'


def labels(**options: str) -> str:
    return (
        "<render_choice>"
        + "".join(
            f'<response_label ident="{name}">{text(option)}</response_label>'
            for name, option in options.items()
        )
        + "</render_choice>"
    )


def choice(name: str = "r", kind: str = "Single", before: str = "", **options: str) -> str:
    return (
        f'<response_lid ident="{name}" rcardinality="{kind}">{before}{labels(**options)}'
        "</response_lid>"
    )


def fib(name: str = "r", kind: str = "String") -> str:
    return f'<response_str ident="{name}"><render_fib fibtype="{kind}"/></response_str>'


def rule(test: str, worth: float = 100, action: str = "Set", feedback: str = "") -> str:
    shown = f'<displayfeedback feedbacktype="Response" linkrefid="{feedback}"/>' if feedback else ""
    scored = f'<setvar varname="SCORE" action="{action}">{worth}</setvar>' if worth else ""
    return f"<respcondition><conditionvar>{test}</conditionvar>{scored}{shown}</respcondition>"


def is_(value: str, name: str = "r") -> str:
    return f'<varequal respident="{name}">{value}</varequal>'


def bank(presentation: str, *rules: str, kind: str = "", more: str = "") -> str:
    field = f"<fieldlabel>question_type</fieldlabel><fieldentry>{kind}</fieldentry>"
    meta = f"<qtimetadata><qtimetadatafield>{field}</qtimetadatafield></qtimetadata>"
    return (
        '<?xml version="1.0"?><!DOCTYPE questestinterop SYSTEM "ims_qtiasiv1p2p1.dtd">\n'
        '<questestinterop><assessment><section title="第一章">\n'
        f'<item ident="i1" title="题"><itemmetadata>{meta if kind else ""}</itemmetadata>'
        f"<presentation>{text('甲？')}{presentation}</presentation>"
        f"<resprocessing>{''.join(rules)}</resprocessing>{more}</item>"
        "</section></assessment></questestinterop>"
    )


BOTH = {"a": "一", "b": "二", "c": "三"}


@pytest.mark.parametrize(
    ("source", "kind", "key"),
    [
        (bank(choice(**BOTH), rule(is_("b"))), "single", "B"),
        (
            bank(choice(kind="Multiple", **BOTH),
                 rule(f"<and>{is_('a')}<not>{is_('b')}</not>{is_('c')}</and>")),
            "multiple", "AC",
        ),
        (
            bank(choice(kind="Multiple", **BOTH), rule(is_("a"), 50, "Add"),
                 rule(is_("c"), 50, "Add"), rule(is_("b"), -50, "Add")),
            "multiple", "AC",
        ),
        (bank(choice(true="True", false="False"), rule(is_("false"))), "truefalse", "B"),
        (
            bank(choice(n919="True", n268="False"), rule(is_("n268")), kind="true_false_question"),
            "truefalse", "B",
        ),
        (
            bank(choice(t1="True", t2="False"), rule(is_("t1")), kind="multiple_choice_question"),
            "single", "A",
        ),
        (bank(choice(kind="Ordered", **BOTH), rule(is_("c") + is_("a") + is_("b"))),
         "ordering", ">CAB"),
        (bank(fib(), rule(is_("主动")), rule(is_("自动"))), "fill", "主动|自动"),
        (bank(fib(kind="Decimal"), rule(f"<or>{is_('3')}</or>")), "numeric", "#3~0"),
        (
            bank(fib(), rule(f"<or>{is_('4')}<and><vargte respident='r'>3</vargte>"
                             "<varlte respident='r'>5</varlte></and></or>"),
                 kind="numerical_question"),
            "numeric", "#4~1",
        ),
        (bank(fib(), kind="essay_question"), "essay", "*"),
        (
            bank(fib("x") + text("和") + fib("y"), rule(is_("甲", "x"), 50, "Add"),
                 rule(is_("乙", "y"), 50, "Add")),
            "fill", "甲‖乙",
        ),
    ],
)  # fmt: skip
def test_each_kind_of_response_is_read(source: str, kind: str, key: str, reading: Reader) -> None:
    imported = reading(source)
    assert codes(imported) == []
    (asked,) = imported.questions
    assert (imported.format, asked.type, asked.answer, asked.chapter) == (
        "qti1.2",
        kind,
        key,
        "第一章",
    )


def test_choices_among_the_same_options_are_a_matching(reading: Reader) -> None:
    imported = reading(
        bank(
            choice("x", before=text("左一"), **BOTH) + choice("y", before=text("左二"), **BOTH),
            rule(is_("c", "x"), 50, "Add"),
            rule(is_("a", "y"), 50, "Add"),
            kind="matching_question",
        )
    )
    (asked,) = imported.questions
    assert (asked.prompts, asked.options, asked.answer) == (
        ("左一", "左二"),
        ("一", "二", "三"),
        "=CA",
    )


def test_a_left_side_of_a_matching_may_have_fewer_options(reading: Reader) -> None:
    imported = reading(
        bank(
            choice("x", before=text("左一"), a="一", b="二")
            + choice("y", before=text("左二"), a="一", b="二", c="三"),
            rule(is_("b", "x"), 50, "Add"),
        )
    )
    assert (imported.questions[0].options, imported.questions[0].answer) == (
        ("一", "二", "三"),
        "=B-",
    )


def test_blanks_that_canvas_names_are_filled_in_their_order(reading: Reader) -> None:
    source = bank(
        choice("r1", before=text("颜色"), a="红", b="赤") + choice("r2", before=text("数"), c="两"),
        kind="fill_in_multiple_blanks_question",
    ).replace("甲？", "[数] 面 [颜色] 旗")
    (asked,) = reading(source).questions
    assert (asked.text, asked.answer) == ("____ 面 ____ 旗", "两‖红|赤")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (bank("", kind="text_only_question"), "asked-description"),
        (bank(choice(**BOTH)), "asked-no-answer"),
        (bank("<response_xy ident='r'/>"), "asked-type-foreign"),
        (bank(fib(), kind="calculated_question"), "asked-type-foreign"),
        (bank(choice("x", a="一", b="二") + choice("y", c="三", d="四")), "asked-several"),
        (bank(choice(kind="Ordered", **BOTH), rule(is_("c"))), "asked-no-answer"),
        (bank("<material><matvideo uri='a.mp4'/></material>" + choice(**BOTH), rule(is_("a"))),
         "rich-element"),
        (bank("<material><matimage uri='a.png'/></material>" + choice(**BOTH), rule(is_("a"))),
         "media-missing"),
    ],
)  # fmt: skip
def test_what_has_no_place_here_is_refused(source: str, why: str, reading: Reader) -> None:
    imported = reading(source)
    assert [(fault.code, fault.line, fault.key) for fault in imported.refused] == [(why, 3, "题")]


def test_partial_credit_hints_and_feedback_are_told(reading: Reader) -> None:
    more = (
        f"<itemfeedback ident='f1'><flow_mat>{text('不对')}</flow_mat></itemfeedback>"
        f"<itemfeedback ident='all'>{text('因为')}</itemfeedback>"
        f"<itemfeedback ident='h'><hint><hintmaterial>{text('想')}</hintmaterial></hint>"
        "</itemfeedback>"
    )
    rules = (rule(is_("b")), rule(is_("a"), 50), rule(is_("c"), 0, feedback="f1"))
    imported = reading(bank(choice(**BOTH), *rules, more=more))
    assert imported.questions[0].explain == "C：不对\n因为"
    assert notes(imported) == ["note-partial", "note-hints"]


def formatted(words: str, kind: str = "HTML") -> str:
    held = f'<mat_formattedtext type="{kind}">{words}</mat_formattedtext>'
    return f"<material><mat_extension>{held}</mat_extension></material>"


def blackboard(kind: str, presentation: str, *rules: str) -> str:
    return (
        "<questestinterop><assessment><section><item><itemmetadata>"
        f"<bbmd_questiontype>{kind}</bbmd_questiontype></itemmetadata>"
        f"<presentation>{presentation}</presentation><resprocessing>{''.join(rules)}"
        "<respcondition><conditionvar><other/></conditionvar><setvar>0</setvar>"
        "</respcondition></resprocessing></item></section></assessment></questestinterop>"
    )


def full(test: str, worth: str = "<setvar>SCORE.max</setvar>") -> str:
    return (
        f"<respcondition><conditionvar>{test}</conditionvar>{worth}"
        '<displayfeedback linkrefid="correct"/></respcondition>'
    )


def test_blackboard_keeps_texts_and_full_credit_in_its_own_way(reading: Reader) -> None:
    options = "".join(
        f'<response_label ident="{name}"><flow_mat>{formatted(option)}</flow_mat></response_label>'
        for name, option in (("a", "一"), ("b", "H&lt;sub&gt;2&lt;/sub&gt;O"))
    )
    response = f'<response_lid ident="r"><render_choice>{options}</render_choice></response_lid>'
    asked = f"<flow>{formatted('1 &lt; 2？', 'PLAIN_TEXT')}</flow>"
    imported = reading(blackboard("Multiple Choice", asked + response, full(is_("b"))))
    (question,) = imported.questions
    assert (question.type, question.text, question.options, question.answer) == (
        *("single", "1 &lt; 2？", ("一", "H<sub>2</sub>O"), "B"),
    )


def test_blackboard_lists_the_right_sides_of_a_matching_apart(reading: Reader) -> None:
    def left(name: str, words: str) -> str:
        labels_ = "".join(f'<response_label ident="{name}{n}"/>' for n in range(2))
        return (
            f'<flow class="Block"><response_lid ident="{name}"><render_choice>{labels_}'
            f"</render_choice></response_lid><flow>{formatted(words)}</flow></flow>"
        )

    rights = "".join(f"<flow>{formatted(option)}</flow>" for option in ("甲", "乙"))
    imported = reading(
        blackboard(
            "Matching",
            f"<flow>{formatted('配对')}</flow><flow>{left('x', '左一')}{left('y', '左二')}</flow>"
            f'<flow class="RIGHT_MATCH_BLOCK">{rights}</flow>',
            full(is_("x1", "x"), ""),
            full(is_("y0", "y"), ""),
        )
    )
    (question,) = imported.questions
    assert (question.text, question.prompts, question.options, question.answer) == (
        *("配对", ("左一", "左二"), ("甲", "乙"), "=BA"),
    )


def test_blackboard_names_blanks_in_brackets(reading: Reader) -> None:
    tests = f"<and><or>{is_('东京', 'q')}</or><or>{is_('北京', 'p')}{is_('京', 'p')}</or></and>"
    asked = formatted("[p]在中国，[q]在日本")
    imported = reading(
        blackboard("Fill in the Blank Plus", asked + fib("q") + fib("p"), full(tests))
    )
    (question,) = imported.questions
    assert (question.text, question.answer) == ("____在中国，____在日本", "北京|京‖东京")


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("3.1465899999999998", "#3.14659~0"),
        ("0.031415926535897934", "#0.031415926535898~0"),
        ("0.00000000000000000123456", "#1.23456e-18~0"),
        ("1,200.50", "#1200.5~0"),
        ("0.0000000000000000", "#0~0"),
    ],
)
def test_numbers_as_programs_write_them_keep_what_they_mean(
    number: str, key: str, reading: Reader
) -> None:
    (question,) = reading(bank(fib(kind="Decimal"), rule(is_(number)))).questions
    assert question.answer == key


@pytest.mark.parametrize("number", ["12,34", "1234567890123456", "1.2.3"])
def test_what_would_be_another_number_is_refused(number: str, reading: Reader) -> None:
    imported = reading(bank(fib(kind="Decimal"), rule(is_(number))))
    assert codes(imported) == ["asked-number"]
