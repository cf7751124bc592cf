"""Word documents as pages: the content in the sanitiser's form, and what was left out."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest

from content.model.checks.markup import is_harmless
from content.model.errors import ContentFaults
from content.model.refused import Refused
from content.source import documents
from content.source.documents import word_document_of
from content.source.file_kind import What, recognise
from content.source.material import Taken, take_word
from content.transfer.blobs import BlobStore
from content.word.numbers import written
from content.word.omml import tex_of
from tests.content.conftest import PNG
from tests.content.docx import OFFICE, SPACES, docx, formula, numbering, p, picture, run, table

Take = Callable[..., tuple[str, Taken]]
LISTS = numbering(
    [("decimal", "%1."), ("bullet", "o")], [("chineseCounting", "第%1条")], [("bullet", "o")]
)
STYLES = (
    f"<w:styles {SPACES}>"
    '<w:style w:styleId="1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="a"><w:name w:val="own"/><w:basedOn w:val="2"/></w:style>'
    '<w:style w:styleId="2"><w:name w:val="标题 2"/></w:style>'
    '<w:style w:styleId="T"><w:name w:val="Title"/></w:style></w:styles>'
)
LINKS = (
    f'<Relationship Id="rIdL" Type="{OFFICE}/hyperlink" Target="https://example.com/a"'
    ' TargetMode="External"/>'
    f'<Relationship Id="rIdJ" Type="{OFFICE}/hyperlink" Target="javascript:alert(1)"'
    ' TargetMode="External"/>'
    f'<Relationship Id="rIdOut" Type="{OFFICE}/image" Target="http://127.0.0.1:9/a.png"'
    ' TargetMode="External"/>'
)


@pytest.fixture
def taken(tmp_path: Path) -> Take:
    """Take a document of these blocks in; returns its HTML, and the item with its notes."""

    def take(*blocks: str, **others: object) -> tuple[str, Taken]:
        path, blobs = tmp_path / "given", BlobStore(tmp_path / "blobs")
        path.write_bytes(docx(*blocks, **others))  # type: ignore[arg-type]
        assert recognise(path, "讲义.docx") is What.WORD
        document = take_word(path, "讲义.docx", blobs)
        assert document.item.file is not None
        page = blobs.path(document.item.file.sha256).read_text("utf-8")
        assert is_harmless(page, {ref.sha256 for ref in document.item.pictures})
        return page, document

    return take


def told(document: Taken) -> list[str]:
    return [note.code for note in document.notes]


def test_headings_words_and_links_stay(taken: Take) -> None:
    page, document = taken(
        p("讲义", style="T"), p("总则", style="1"), p("分则", style="a"),
        p("甲", run("重", "<w:b/><w:i/>"), run("2", '<w:vertAlign w:val="subscript"/>')),
        p('<w:hyperlink r:id="rIdL"><w:r><w:t>去</w:t></w:r></w:hyperlink>',
          '<w:hyperlink r:id="rIdJ"><w:r><w:t>坏</w:t></w:r></w:hyperlink>'),
        parts={"word/styles.xml": STYLES}, relations=LINKS,
    )  # fmt: skip
    assert page.startswith(
        "<h2>讲义</h2><h2>总则</h2><h3>分则</h3><p>甲<b><i>重</i></b><sub>2</sub></p>"
    )
    assert '<a href="https://example.com/a" rel="noopener noreferrer">去</a>' in page
    assert "javascript" not in page
    assert (document.item.kind, document.item.title, told(document)) == ("page", "讲义", [])


def test_lists_keep_their_numbers(taken: Take) -> None:
    page, _ = taken(
        p("一步", list=(1, 0)), p("细", list=(1, 1)), p("二步", list=(1, 0)), p("中间"),
        p("三步", list=(1, 0)), p("点", list=(3, 0)),
        p("范围", list=(2, 0)), p("适用", list=(2, 0)),
        parts={"word/numbering.xml": LISTS},
    )  # fmt: skip
    assert page == (
        "<ol><li>一步<ul><li>细</li></ul></li><li>二步</li></ol><p>中间</p>"
        '<ol start="3"><li>三步</li></ol><ul><li>点</li></ul><p>第一条 范围</p><p>第二条 适用</p>'
    )


def test_tables_keep_their_merged_cells(taken: Take) -> None:
    wide = '<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>'
    top, below = '<w:tcPr><w:vMerge w:val="restart"/></w:tcPr>', "<w:tcPr><w:vMerge/></w:tcPr>"
    page, _ = taken(table([wide + p("题")], [top + p("甲"), "1"], [below + p(""), table(["内"])]))
    assert page == (
        '<table><tbody><tr><td colspan="2">题</td></tr><tr><td rowspan="2">甲</td><td>1</td></tr>'
        "<tr><td><table><tbody><tr><td>内</td></tr></tbody></table></td></tr></tbody></table>"
    )


def test_pictures_formulas_and_notes_come_along(taken: Take) -> None:
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    notes = f'<w:footnotes {SPACES}><w:footnote w:id="2">{p("出处")}</w:footnote></w:footnotes>'
    page, document = taken(
        p("看", picture(), formula("<m:r><m:t>x</m:t></m:r>"), note),
        parts={"word/media/a.png": PNG, "word/footnotes.xml": notes},
    )
    sha = document.item.pictures[0].sha256
    assert page == (
        f'<p>看<img src="/media/{sha}" alt="图" width="100">\\(x\\)<sup>[1]</sup></p>'
        "<hr><p>[1] 出处</p>"
    )


def test_what_is_left_out_is_said(taken: Take) -> None:
    page, document = taken(
        p("文", picture("rIdOut"), picture("rIdPic"), formula("<m:strange/>")),
        p('<w:r><w:object><o:OLEObject ProgID="Excel"/></w:object></w:r>',
          run("密", "<w:vanish/>"), "<w:r><w:drawing/></w:r>"),
        p("<w:r><w:pict><w:txbxContent>" + p("框") + "</w:txbxContent></w:pict></w:r>"),
        parts={"word/media/a.emf": b"\1\0\0\0" + bytes(36) + b" EMF", "word/vbaProject.bin": b"x"},
        relations=LINKS,
    )  # fmt: skip
    # the words in a picture's place, and what stands in the box
    assert page == '<p>文<img width="100" alt="图"></p><p>框</p>'
    assert told(document) == [
        "note-word-hidden", "word-drawing", "word-formula", "word-linked",
        "word-ole", "note-word-macros", "picture-foreign",
    ]  # fmt: skip
    assert "EMF" in str(document.notes[-1])


def test_a_text_box_follows_its_paragraph(taken: Take) -> None:
    box = "<wps:txbx><w:txbxContent>" + p("图一", style="1") + "</w:txbxContent></wps:txbx>"
    shape = f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
    fallback = f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
    page, document = taken(
        p("甲", f"<w:r><mc:AlternateContent>{shape}{fallback}</mc:AlternateContent></w:r>"),
        p("乙"), parts={"word/styles.xml": STYLES},
    )  # fmt: skip
    assert (page, told(document)) == ("<h1>图一</h1>".join(["<p>甲</p>", "<p>乙</p>"]).replace(
        "h1", "h2"), [])  # fmt: skip


def ruby(word: str, sound: str) -> str:
    """A run of words with their sound above them."""
    return (
        f"<w:r><w:ruby><w:rt>{run(sound)}</w:rt><w:rubyBase>{run(word)}</w:rubyBase></w:ruby></w:r>"
    )


def test_words_with_pinyin_over_them_stay(taken: Take, tmp_path: Path) -> None:
    blocks = p("计", ruby("学", "xué"), ruby("分", "fēn"), "为二分"), p(ruby("空", ""), "白")
    page, document = taken(*blocks)
    assert page == (
        "<p>计<ruby>学<rp>(</rp><rt>xué</rt><rp>)</rp></ruby>"
        "<ruby>分<rp>(</rp><rt>fēn</rt><rp>)</rp></ruby>为二分</p><p>空白</p>"
    )
    assert told(document) == []
    text = word_document_of(PurePosixPath("a.docx"), tmp_path / "given")
    assert text.title == "计学（xué）分（fēn）为二分"


def test_an_empty_document_says_what_was_left_out(taken: Take) -> None:
    with pytest.raises(ContentFaults) as refused:
        taken(p(picture("rIdOut")), relations=LINKS)
    assert [fault.code for fault in refused.value.faults] == ["page-empty", "word-linked"]


def test_a_document_with_some_questions_says_that_it_is_none_of_a_bank(taken: Take) -> None:
    long = p("这一节讲检查的步骤，先看票证，再看标签，最后看保质期和贮存条件。")
    _, document = taken(*[long] * 9, p("1. 先看什么？（A）"), p("A. 票证 B. 天气"))
    (note,) = document.notes
    assert (note.code, note.values["count"]) == ("note-word-questions", 1)


def test_the_same_document_gives_the_same_page(taken: Take) -> None:
    assert taken(p("甲"))[1].sha256 == taken(p("甲"))[1].sha256


def test_an_empty_document_is_no_page(taken: Take) -> None:
    with pytest.raises(ContentFaults, match="讲义.docx"):
        taken(p(""))


def _math(inside: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<m:oMath {SPACES}>{inside}</m:oMath>")  # noqa: S314


def _r(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def _e(text: str, name: str = "e") -> str:
    return f"<m:{name}>{_r(text)}</m:{name}>"


@pytest.mark.parametrize(
    ("inside", "tex"),
    [
        (_r("a≤b×2"), r"\(a\le b\times 2\)"),
        (f"<m:sSup>{_e('x')}{_e('2', 'sup')}</m:sSup>", r"\(x^{2}\)"),
        (f"<m:sSubSup>{_e('x')}{_e('1', 'sub')}{_e('2', 'sup')}</m:sSubSup>", r"\(x_{1}^{2}\)"),
        (f"<m:rad><m:radPr><m:degHide/></m:radPr><m:deg/>{_e('3')}</m:rad>", r"\(\sqrt{3}\)"),
        (f"<m:rad>{_e('3', 'deg')}{_e('8')}</m:rad>", r"\(\sqrt[3]{8}\)"),
        (f"<m:d>{_e('x')}</m:d>", r"\(\left(x\right)\)"),
        ('<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>'
         f"{_e('1', 'sub')}{_e('n', 'sup')}{_e('i')}</m:nary>", r"\(\sum_{1}^{n} i\)"),
        (f"<m:func>{_e('sin', 'fName')}{_e('x')}</m:func>", r"\(\sin x\)"),
        (f'<m:acc><m:accPr><m:chr m:val="\u20d7"/></m:accPr>{_e("v")}</m:acc>', r"\(\vec{v}\)"),
        (f'<m:bar><m:barPr><m:pos m:val="top"/></m:barPr>{_e("v")}</m:bar>', r"\(\overline{v}\)"),
        (f"<m:m><m:mr>{_e('1')}{_e('2')}</m:mr></m:m>", r"\(\begin{matrix}1 & 2\end{matrix}\)"),
        (f"<m:limLow>{_e('lim')}{_e('x', 'lim')}</m:limLow>", r"\(\lim_{x}\)"),
        (_r("速度=5"), r"\(\text{速度}=5\)"),
        ("", ""),
    ],
)  # fmt: skip
def test_office_formulas_become_tex(inside: str, tex: str) -> None:
    assert tex_of(_math(inside)) == tex


def test_an_unknown_formula_is_refused() -> None:
    with pytest.raises(Refused, match="formula-unknown"):
        tex_of(_math("<m:strange/>"))


@pytest.mark.parametrize(
    ("number", "format", "text"),
    [
        (27, "upperLetter", "AA"), (4, "lowerRoman", "iv"), (12, "chineseCounting", "十二"),
        (105, "chineseCountingThousand", "一百〇五"), (3, "decimalEnclosedCircle", "③"),
        (21, "decimalEnclosedCircle", "21"), (20, "ideographDigital", "二〇"),
        (2, "ideographTraditional", "乙"), (10, "chineseLegalSimplified", "壹拾"), (7, "odd", "7"),
        (3, "decimalZero", "03"), (9, "none", ""), (0, "upperLetter", "0"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_their_list_says(number: int, format: str, text: str) -> None:
    assert written(number, format) == text


def test_a_word_document_of_a_library_is_its_text(tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_bytes(docx(
        p("关于称重的通知", style="T"), p("文号：市监〔2026〕1号"), p("范围", style="1"),
        p("适用", list=(2, 0)), table(["品名", "重量"], ["米", "5"]),
        parts={"word/styles.xml": STYLES, "word/numbering.xml": LISTS},
    ))  # fmt: skip
    document = word_document_of(PurePosixPath("法规/a.docx"), file)
    assert document.title == "关于称重的通知"
    assert document.text == "文号：市监〔2026〕1号\n# 范围\n第一条 适用\n品名 重量\n米 5"


def test_a_document_too_long_for_a_library_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "given"
    file.write_bytes(docx(p("长" * 9)))
    monkeypatch.setattr(documents, "MAX_TEXT_BYTES", 20)
    with pytest.raises(ContentFaults, match="上限"):
        word_document_of(PurePosixPath("a.docx"), file)
