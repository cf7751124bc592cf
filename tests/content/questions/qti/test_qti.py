"""content.questions.qti.reader: items of QTI 2 and 3, alone and in packages."""

import zipfile
from pathlib import Path

import pytest

from content.questions import Imported, read
from content.transfer.blobs import BlobStore
from tests.content.conftest import PNG
from tests.content.questions.conftest import Reader, codes, fault_of, notes, real

NS = "http://www.imsglobal.org/xsd/imsqti_v2p1"
CHOICE = (
    '<choiceInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>甲？</prompt>'
    '<simpleChoice identifier="A">一</simpleChoice><simpleChoice identifier="B">二</simpleChoice>'
    "</choiceInteraction>"
)


def item(body: str, declared: str = "", more: str = "", name: str = "i1", before: str = "") -> str:
    return (
        f'<?xml version="1.0"?>\n<assessmentItem xmlns="{NS}" identifier="{name}"'
        f' title="题 {name}">'
        f"{before}{declared}\n<itemBody>{body}</itemBody>{more}</assessmentItem>"
    )


def response(kind: str, base: str, *right: str, mapped: dict[str, float] | None = None) -> str:
    values = "".join(f"<value>{value}</value>" for value in right)
    entries = "".join(
        f'<mapEntry mapKey="{key}" mappedValue="{worth}" caseSensitive="false"/>'
        for key, worth in (mapped or {}).items()
    )
    correct = f"<correctResponse>{values}</correctResponse>" if right else ""
    mapping = f"<mapping>{entries}</mapping>" if entries else ""
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{kind}" baseType="{base}">'
        f"{correct}{mapping}</responseDeclaration>"
    )


RIGHT = response("single", "identifier", "B")


def scored(test: str) -> str:
    return (
        "<responseProcessing><responseCondition><responseIf>"
        f"{test}</responseIf></responseCondition></responseProcessing>"
    )


def equal(value: str, more: str) -> str:
    return (
        f'<equal {more}><variable identifier="RESPONSE"/>'
        f'<baseValue baseType="float">{value}</baseValue></equal>'
    )


ENTRY = '<p>两人<textEntryInteraction responseIdentifier="RESPONSE"/>执法</p>'


@pytest.mark.parametrize(
    ("source", "kind", "key"),
    [
        (item(CHOICE, RIGHT), "single", "B"),
        (item(CHOICE, response("multiple", "identifier", "A", "B")), "multiple", "AB"),
        (item(CHOICE, response("single", "identifier", mapped={"A": 0.5, "B": 1})), "single", "B"),
        (
            item(CHOICE.replace('"A"', '"true"').replace('"B"', '"false"').replace("一", "对")
                 .replace("二", "错"), response("single", "identifier", "false")),
            "truefalse", "B",
        ),
        (item(ENTRY, response("single", "string", "主动", mapped={"主动": 1, "自动": 1, "动": 0})),
         "fill", "主动|自动"),
        (item(ENTRY, response("single", "float", "3.14"),
              scored(equal("3.14", 'toleranceMode="absolute" tolerance="0.02 0.04"'))),
         "numeric", "#3.15~0.03"),
        (item(ENTRY, response("single", "float", "50"),
              scored(equal("50", 'toleranceMode="relative" tolerance="10"'))),
         "numeric", "#50~5"),
        (item(ENTRY, response("single", "integer", "7")), "numeric", "#7~0"),
        (item(ENTRY, response("single", "float"), scored(
            '<and><gte><variable identifier="RESPONSE"/><baseValue>2</baseValue></gte>'
            '<lte><variable identifier="RESPONSE"/><baseValue>4</baseValue></lte></and>')),
         "numeric", "#3~1"),
        (item(ENTRY, response("single", "float", "3.14"), scored(
            '<equalRounded roundingMode="decimalPlaces" figures="2">'
            '<variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></equalRounded>')),
         "numeric", "#3.14~0.005"),
        (item('<orderInteraction responseIdentifier="RESPONSE"><prompt>排</prompt>'
              '<simpleChoice identifier="x">后</simpleChoice>'
              '<simpleChoice identifier="y">先</simpleChoice></orderInteraction>',
              response("ordered", "identifier", "y", "x")), "ordering", ">BA"),
        (item('<p>写。</p><extendedTextInteraction responseIdentifier="RESPONSE"/>'),
         "essay", "*"),
        (item('<p>选 <inlineChoiceInteraction responseIdentifier="RESPONSE">'
              '<inlineChoice identifier="A">一</inlineChoice>'
              '<inlineChoice identifier="B">二</inlineChoice></inlineChoiceInteraction>。</p>',
              RIGHT), "single", "B"),
    ],
)  # fmt: skip
def test_each_interaction_is_the_question_that_it_is(
    source: str, kind: str, key: str, reading: Reader
) -> None:
    imported = reading(source)
    assert codes(imported) == []
    assert (imported.questions[0].type, imported.questions[0].answer) == (kind, key)


def matching(*pairs: str) -> str:
    sets = "".join(
        "<simpleMatchSet>"
        + "".join(
            f'<simpleAssociableChoice identifier="{letter}">{letter}</simpleAssociableChoice>'
            for letter in names
        )
        + "</simpleMatchSet>"
        for names in ("abc", "xyz")
    )
    begin = '<matchInteraction responseIdentifier="RESPONSE"><prompt>连</prompt>'
    return item(f"{begin}{sets}</matchInteraction>", response("multiple", "directedPair", *pairs))


def test_a_matching_may_be_turned_round_where_one_side_is_met_twice(reading: Reader) -> None:
    (asked,) = reading(matching("a y", "b x")).questions
    assert (asked.prompts, asked.options, asked.answer) == (tuple("abc"), tuple("xyz"), "=BA-")
    (asked,) = reading(matching("a y", "a x")).questions
    assert (asked.prompts, asked.options, asked.answer) == (tuple("xyz"), tuple("abc"), "=AA-")
    assert codes(reading(matching("a y", "a x", "b x"))) == ["asked-pairs-many"]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (item("<p>只读</p>"), "asked-description"),
        (item(CHOICE), "asked-no-answer"),
        (item(CHOICE, response("single", "identifier", "Z")), "asked-no-answer"),
        (item(CHOICE + CHOICE, RIGHT), "asked-several"),
        (item(CHOICE, RIGHT, before='<templateDeclaration identifier="T"/>'), "asked-template"),
        (item("<p><printedVariable identifier='x'/></p>" + CHOICE, RIGHT), "asked-template"),
        (item('<hotspotInteraction responseIdentifier="RESPONSE"/>'), "asked-type-foreign"),
        (item('<object type="video/mp4" data="a.mp4"/>' + CHOICE, RIGHT), "rich-element"),
        (item('<p><img src="a.png" alt=""/></p>' + CHOICE, RIGHT), "media-missing"),
        (item("<math><maction/></math>" + CHOICE, RIGHT), "formula-unknown"),
        (item(ENTRY, response("single", "float", "1"), scored(
            '<equalRounded figures="3"><variable identifier="RESPONSE"/>'
            "<correct/></equalRounded>")), "asked-rounded"),
        (item(ENTRY * 2, response("single", "float", "1")), "asked-several"),
        (f'<assessmentItem xmlns="{NS}" identifier="x"/>', "asked-empty"),
    ],
)  # fmt: skip
def test_what_has_no_place_here_is_refused_with_line_and_title(
    source: str, why: str, reading: Reader
) -> None:
    imported = reading(source)
    assert [(fault.code, fault.line > 0) for fault in imported.refused] == [(why, True)]
    assert (imported.total, imported.format) == (1, "qti2")


def test_what_is_said_to_options_and_at_the_end_is_the_explanation(reading: Reader) -> None:
    choice = CHOICE.replace(
        "二</", '二<feedbackInline identifier="B" outcomeIdentifier="F">对！</feedbackInline></'
    )
    more = (
        '<modalFeedback identifier="A" outcomeIdentifier="F" showHide="show">不对</modalFeedback>'
        '<modalFeedback identifier="all" outcomeIdentifier="F" showHide="show"><p>因为</p>'
        "</modalFeedback>"
    )
    (asked,) = reading(item(choice, RIGHT, more)).questions
    assert asked.options == ("一", "二")
    assert asked.explain == "B：对！\nA：不对\n因为"


@pytest.mark.parametrize(
    ("source", "note"),
    [
        (item(CHOICE, response("single", "identifier", "B", mapped={"A": 0.5, "B": 1})),
         "note-partial"),
        (item(CHOICE, response("multiple", "identifier", "B")), "note-one-of-several"),
        (item(ENTRY, response("single", "string", "Two")), "note-case"),
    ],
)  # fmt: skip
def test_what_a_question_loses_is_remarked(source: str, note: str, reading: Reader) -> None:
    assert notes(reading(source)) == [note]


def test_formulas_become_tex(reading: Reader) -> None:
    body = (
        "<p>求 <m:math xmlns:m='urn:m'><m:msup><m:mi>x</m:mi><m:mn>2</m:mn></m:msup></m:math></p>"
    )
    assert reading(item(body + CHOICE, RIGHT)).questions[0].text == "求 \\(x^{2}\\)\n甲？"


def package(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


MANIFEST = """<manifest xmlns="urn:cp"><resources>
<resource identifier="t" type="imsqti_test_xmlv2p1" href="t/test.xml"/>
<resource identifier="b" type="imsqti_item_xmlv2p1" href="t/b.xml"><metadata><lom><educational>
<difficulty><source>LOMv1.0</source><value>difficult</value></difficulty></educational></lom>
</metadata><file href="t/b.xml"/><file href="t/图 1.png"/></resource>
<resource identifier="a" type="imsqti_item_xmlv2p1" href="t/a.xml"/></resources></manifest>"""
TEST = f"""<assessmentTest xmlns="{NS}"><testPart><assessmentSection title="第二章">
<assessmentItemRef href="b.xml"/></assessmentSection></testPart></assessmentTest>"""


@pytest.fixture
def packed(tmp_path: Path, blobs: BlobStore) -> Imported:
    picture = '<p>看<img src="%E5%9B%BE%201.png" alt=""/></p>'
    files: dict[str, str | bytes] = {
        "imsmanifest.xml": MANIFEST,
        "t/test.xml": TEST,
        "t/a.xml": item(CHOICE, RIGHT, name="first-one"),
        "t/b.xml": item(picture + CHOICE, RIGHT, name="second-one"),
        "t/图 1.png": PNG,
        "loose.xml": item("<p>只读</p>"),
        "other.xml": "<x/>",
    }
    return read(package(tmp_path / "a.zip", files), blobs, name="包.zip")


def test_a_package_is_read_in_the_order_of_its_manifest(packed: Imported) -> None:
    assert [(q.id, q.chapter, q.difficulty) for q in packed.questions] == [
        ("second-one", "第二章", 4),
        ("first-one", "", 0),
    ]
    assert packed.questions[0].media[0].size == len(PNG)
    assert [(f.code, f.where()) for f in packed.refused] == [
        ("asked-description", "包.zip 第 2 行（loose.xml 题 i1）")
    ]


def test_a_stimulus_that_items_share_stands_before_each(tmp_path: Path, blobs: BlobStore) -> None:
    declared = (
        '<qti-response-declaration identifier="RESPONSE" cardinality="single" '
        'base-type="identifier"><qti-correct-response><qti-value>B</qti-value>'
        "</qti-correct-response></qti-response-declaration>"
    )
    asked = (
        '<qti-choice-interaction response-identifier="RESPONSE" max-choices="1">'
        '<qti-simple-choice identifier="A">一</qti-simple-choice>'
        '<qti-simple-choice identifier="B">二</qti-simple-choice></qti-choice-interaction>'
    )
    three = (
        '<qti-assessment-item xmlns="urn:q3" identifier="c">'
        + declared
        + '<qti-assessment-stimulus-ref identifier="s" href="s.xml"/>'
        f"<qti-item-body><p>甲？</p>{asked}</qti-item-body></qti-assessment-item>"
    )
    stimulus = (
        "<qti-assessment-stimulus><qti-stimulus-body><p>材料</p></qti-stimulus-body>"
        "</qti-assessment-stimulus>"
    )
    path = package(tmp_path / "a.zip", {"c.xml": three, "s.xml": stimulus})
    imported = read(path, blobs)
    assert (imported.format, imported.questions[0].text) == ("qti3", "材料\n甲？")
    assert codes(read(package(tmp_path / "b.zip", {"c.xml": three}), blobs)) == ["media-missing"]


def test_zips_that_are_no_packages_are_refused(
    tmp_path: Path, blobs: BlobStore, reading: Reader
) -> None:
    for files, why in (
        ({"a.txt": "x"}, "zip-no-questions"),
        ({"../a.xml": "x"}, "path-unsafe"),
        ({"a.xml": "<assessmentItem><b>"}, "bank-xml"),
        ({"a.xml": b"<assessmentItem/>" + bytes(5_000_000)}, "zip-bomb"),
    ):
        path = package(tmp_path / "a.zip", files)  # type: ignore[arg-type]
        if why == "zip-bomb":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("a.xml", bytes(5_000_000))
        assert fault_of(lambda path=path: read(path, blobs)) == why  # type: ignore[misc]
    assert fault_of(lambda: reading(TEST)) == "qti-only-test"


def test_the_minimal_packages_come_in(blobs: BlobStore) -> None:
    older = read(real("qti-minimal", "minimal_qti_1.2_sample.zip"), blobs)
    (asked,) = older.questions
    assert (older.format, older.total, asked.type, asked.answer) == ("qti1.2", 1, "single", "C")
    assert "pK<sub>a</sub>" in asked.text
    newer = read(real("qti-minimal", "minimal_qti_2.1_sample.zip"), blobs)
    assert [(q.type, q.answer) for q in newer.questions] == [("single", "A"), ("multiple", "ABC")]


_IF = (
    "<responseProcessing><responseCondition><responseIf>{}{}</responseIf>{}</responseCondition>"
    "</responseProcessing>"
)
_MATCH = '<match><variable identifier="R"/><correct identifier="R"/></match>'
_SCORED = '<gt><variable identifier="SCORE"/><baseValue baseType="float">0</baseValue></gt>'
_NOBODY_KNOWS = '<isNull><variable identifier="R"/></isNull>'


def _set(*values: str) -> str:
    inside = "".join(f'<baseValue baseType="identifier">{value}</baseValue>' for value in values)
    return f'<setOutcomeValue identifier="F"><multiple>{inside}</multiple></setOutcomeValue>'


@pytest.mark.parametrize(
    ("test", "explain", "remarks"),
    [
        (_MATCH, "答对：好。\n答错：不对。\n都看。", []),
        (_SCORED, "答对：好。\n答错：不对。\n都看。", []),
        (f"<not>{_MATCH}</not>", "答错：好。\n答对：不对。\n都看。", []),
        (_NOBODY_KNOWS, "", ["note-feedback"]),
    ],
)
def test_what_is_said_to_right_and_wrong_answers_is_named_or_left_out(
    test: str, explain: str, remarks: list[str], reading: Reader
) -> None:
    otherwise = f"<responseElse>{_set('no', 'all')}</responseElse>"
    rules = _IF.format(test, _set("ok", "all"), otherwise)
    said = "".join(
        f'<modalFeedback outcomeIdentifier="F" identifier="{name}" showHide="show">{words}'
        "</modalFeedback>"
        for name, words in (("ok", "好。"), ("no", "不对。"), ("all", "都看。"))
    )
    imported = reading(item(CHOICE, RIGHT, rules + said))
    assert [one.explain for one in imported.questions] == [explain]
    assert notes(imported) == remarks


@pytest.mark.parametrize(
    ("annotation", "tex"),
    [
        (r"\[ x^2 \]", r"\[x^2\]"),
        (r"\(x\)", r"\(x\)"),
        ("$$x$$", r"\[x\]"),
        ("$x$", r"\(x\)"),
        ("x", r"\(x\)"),
        ("$x$ + $y$", r"\($x$ + $y$\)"),
    ],
)
def test_an_annotation_comes_without_signs_of_its_own(
    annotation: str, tex: str, reading: Reader
) -> None:
    math = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mi>x</mi>'
        f'<annotation encoding="TeX">{annotation}</annotation></semantics></math>'
    )
    (asked,) = reading(item(CHOICE.replace("二</", f"{math}</"), RIGHT)).questions
    assert asked.options[1] == tex
