"""People's files are taken in as they are, or refused with a reason."""

import base64
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from content.model import limits
from content.model.checks import markup
from content.model.errors import ContentFaults
from content.source import material
from content.source.file_kind import What, recognise
from content.source.material import Taken
from content.transfer.blobs import BlobStore
from tests.content.conftest import PDF, PNG, VTT, mp4, webm
from tests.content.docx import docx, ole, p
from tests.content.films import Trak, avcc, esds
from tests.content.media.test_picture import PLACE, jpeg, png
from tests.content.media.test_sound import wav

SRT = "1\r\n00:00:01,5 --> 00:00:03,000\r\n<font color=red>第一句</font> <i>a</i> & b\r\n\r\n"
SRT += "2\r\n00:00:04,000 --> 00:00:05,000\r\n{\\an8}第二句\r\n第二行 <script>\r\n"


def _zip(**files: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", ".").replace("-", "_"), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "what"),
    [
        ("noname", mp4(), What.FILM),
        ("lecture.mp4", webm(5), What.FILM),
        ("x.bin", PDF, What.PDF),
        ("x", PNG, What.PICTURE),
        ("a.txt", VTT.encode(), What.SUBTITLES),
        ("a.txt", SRT.encode("gb18030"), What.SUBTITLES),
        ("a.txt", SRT.encode("utf-16"), What.SUBTITLES),
        ("a.html", "<p>正文</p>".encode("gb18030"), What.PAGE),
        ("a.md", "# 标题".encode("utf-16"), What.PAGE),
        ("a.md", "用 {=对 ~错} 表示".encode(), What.PAGE),
        ("a.txt", "::一:: 二加二 {=4 ~5}".encode(), What.BANK),
        ("a.txt", b"Is it?\nA. yes\nB. no\nANSWER: A\n", What.BANK),
        ("a.csv", "题型,题干,答案\n单选,甲,A".encode("gb18030"), What.BANK),
        ("a.xml", b"<?xml version='1.0'?><quiz></quiz>", What.BANK),
        ("a.xml", b"<questestinterop/>", What.BANK),
        ("a.zip", _zip(food__course_toml=b"id"), What.COURSE),
        ("a.zip", _zip(imsmanifest_xml=b"<manifest xmlns:adlcp='x'/>"), What.SCORM),
        ("a.zip", _zip(imsmanifest_xml=b"<resource type='imsqti_xmlv1p2'/>"), What.BANK),
        ("a.zip", _zip(a_html=b"<p>x</p>"), What.PAGES),
        ("a.zip", _zip(xl__workbook_xml=b"", **{"[Content-Types]_xml": b""}), What.BANK),
        ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(600), What.BANK),
        ("a.xls", ole("Workbook"), What.BANK),
        ("a.doc", docx(p("只有一段文字。")), What.WORD),
        ("a.wps", docx(p("1. 题（A）"), p("A. 一 B. 二")), What.BANK),
        ("a.doc", b"\xd0\xcf\x11\xe0" + bytes(600), What.OLD_WORD),
        ("a.docx", rb"{\rtf1\ansi x}", What.OLD_WORD),
        ("a.xls", ole("WordDocument"), What.OLD_WORD),
        ("a.doc", ole("WORDDOCUMENT"), What.OLD_WORD),
        ("a.wps", ole("MatOST"), What.OLD_WORD),
        ("a.doc", ole("Workbook"), What.BANK),
        ("a.doc", ole("PowerPoint Document"), What.SLIDES),
        ("a.docx", _zip(ppt__presentation_xml=b"", **{"[content-types]_xml": b""}), What.SLIDES),
        ("a.zip", _zip(XL__WORKBOOK_XML=b"", **{"[CONTENT-TYPES]_XML": b""}), What.BANK),
        (
            "a.zip",
            _zip(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content_xml=b""),
            What.BANK,
        ),
        (
            "a.ods",
            _zip(mimetype=b"application/vnd.oasis.opendocument.text\n", content_xml=b""),
            What.OLD_WORD,
        ),
        ("a.mp4", b"\0\0\0\x18ftypM4A ", What.SOUND),
        ("a.mp4", b"ID3\x04", What.SOUND),
        ("a.mp4", b"OggS", What.SOUND),
    ],
)
def test_a_file_is_recognised_by_what_is_in_it(
    tmp_path: Path, name: str, raw: bytes, what: What
) -> None:
    file = tmp_path / "file"
    file.write_bytes(raw)
    assert recognise(file, name) is what


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("a.docx", _zip(word__document_xml=b"", **{"[Content-Types]_xml": b""}), "word-damaged"),
        ("a.docx", ole("EncryptedPackage"), "word-locked"),
        ("a.vsd", ole("VisioDocument"), "material-office"),
        ("a.odt", _zip(mimetype=b"x", content_xml=b""), "material-office"),
        ("a.pdf", _zip(OFD_xml=b"<OFD/>", Doc0__Document_xml=b""), "material-ofd"),
        ("a.jpg", b"\0\0\0\x18ftypheic" + bytes(20), "picture-foreign"),
        ("a.mp3", b"#!AMR\n", "sound-foreign"),
        ("a.mp3", b"fLaC" + bytes(20), "sound-foreign"),
        ("a.rar", b"Rar!\x1a\x07\x01\x00", "zip-not-zip"),
        ("a.zip", b"PK\x03\x04cut", "zip-not-zip"),
        ("a.exe", b"MZ\x00\x01\x02\x03", "material-unknown"),
        ("a.py", b"print(1)", "material-unknown"),
        ("a.mp4", b"", "file-empty"),
        ("a.txt", b" \n \n", "file-empty"),
    ],
)
def test_what_cannot_be_taken_in_says_what_to_do(
    tmp_path: Path, name: str, raw: bytes, code: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(raw)
    with pytest.raises(ContentFaults) as refused:
        recognise(file, name)
    assert [fault.code for fault in refused.value.faults] == [code]


def _put(tmp_path: Path, raw: bytes) -> Path:
    file = tmp_path / "given"
    file.write_bytes(raw)
    return file


@pytest.mark.parametrize(("raw", "ending"), [(mp4(8), ".mp4"), (webm(8), ".webm")])
def test_a_film_goes_in_with_its_length(
    tmp_path: Path, blobs: BlobStore, raw: bytes, ending: str
) -> None:
    taken = material.take_film(_put(tmp_path, raw), "D:\\课\\第一讲.mp4", blobs)
    assert (taken.item.title, taken.item.seconds) == ("第一讲", 8)
    assert taken.item.file is not None
    assert taken.item.file.path == f"film{ending}"
    assert blobs.read(taken.sha256, 10**6) == raw


def test_a_name_of_300_characters_becomes_a_title_that_fits() -> None:
    assert len(material.title_of("很" * 300 + ".mp4")) == limits.MAX_TITLE_CHARS
    assert material.title_of("a\x00\u202eb\n.pdf") == "a b"
    assert material.title_of(".pdf") == "?"


def test_subtitles_in_srt_become_webvtt(tmp_path: Path, blobs: BlobStore) -> None:
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        ref = material.take_subtitles(_put(tmp_path, SRT.encode(encoding)), "a.srt", 10, blobs)
        assert blobs.read(ref.sha256, 999).decode() == (
            "WEBVTT\n\n00:00:01.500 --> 00:00:03.000\n第一句 <i>a</i> &amp; b\n\n"
            "00:00:04.000 --> 00:00:05.000\n第二句\n第二行\n"
        )


@pytest.mark.parametrize(
    ("text", "seconds", "code"),
    [
        (SRT, 0.1, "subtitles-beyond"),
        ("1\n00:00:04,000 --> 00:00:0x\nx\n", 9, "subtitles-timing"),
        ("1\n00:00:04,000 --> 00:00:01,000\nx\n", 9, "subtitles-timing"),
        ("nothing", 9, "subtitles-no-cue"),
    ],
)
def test_subtitles_that_cannot_be_shown_say_why(
    tmp_path: Path, blobs: BlobStore, text: str, seconds: int, code: str
) -> None:
    late = text.replace("00:00:0", "00:01:0") if code == "subtitles-beyond" else text
    with pytest.raises(ContentFaults) as refused:
        material.take_subtitles(_put(tmp_path, late.encode()), "a.srt", seconds, blobs)
    assert refused.value.faults[0].code == code


def test_a_page_loses_what_could_act_and_keeps_its_pictures(
    tmp_path: Path, blobs: BlobStore
) -> None:
    inside = base64.b64encode(PNG).decode()
    source = (
        "<html><head><title>进货 &amp; 查验</title><script>alert(1)</script></head><body "
        f"onload=x()><h1>标题</h1><p>正文</p><img src='data:image/png;base64,{inside}'>"
        "<img src='gone.png'><iframe src='//evil'></iframe></body></html>"
    )
    file = _put(tmp_path, source.encode("gb18030"))
    taken = material.take_page(file, "页.html", blobs)
    page = blobs.read(taken.sha256, 10**5).decode()
    assert taken.item.title == "进货 & 查验"
    assert "正文" in page
    assert not {"script", "onload", "iframe", "data:"} & set(page.replace("<", " ").split())
    assert f"/media/{taken.item.pictures[0].sha256}" in page
    assert [fault.code for fault in taken.notes] == ["picture-missing"]


def test_a_zip_of_pages_gives_each_page_with_its_pictures(tmp_path: Path, blobs: BlobStore) -> None:
    raw = _zip(
        one_html=b"<img src='pic/a.png'><p>1</p>",
        sub__two_md="# 二\n\n![](../pic/a.png)\n\n![](../../../etc/passwd)".encode(),
        sub__empty_html=b"<script>1</script>",
        pic__a_png=PNG,
    )
    pages = dict(material.take_pages(_put(tmp_path, raw), blobs))
    first, second, empty = pages["one.html"], pages["sub/two.md"], pages["sub/empty.html"]
    assert isinstance(first, Taken)
    assert isinstance(second, Taken)
    assert isinstance(empty, ContentFaults)
    assert first.item.pictures == second.item.pictures
    assert second.item.title == "二"
    assert [fault.code for fault in second.notes] == ["picture-missing"]
    assert empty.faults[0].code == "page-empty"


def test_a_zip_without_a_page_says_so(tmp_path: Path, blobs: BlobStore) -> None:
    with pytest.raises(ContentFaults) as refused:
        list(material.take_pages(_put(tmp_path, _zip(a_exe=b"MZ")), blobs))
    assert refused.value.faults[0].code == "zip-no-page"


def test_a_recording_is_a_page_that_plays_it(tmp_path: Path, blobs: BlobStore) -> None:
    taken = material.take_sound(_put(tmp_path, wav(3)), "访谈.mp3", blobs)
    assert (taken.item.kind, taken.item.title, taken.item.seconds) == ("page", "访谈", 3)
    (ref,) = taken.item.pictures
    assert (ref.path, blobs.read(ref.sha256, 10**6)) == ("sound.wav", wav(3))
    page = blobs.read(taken.sha256, 10**5).decode()
    assert f'<audio src="/media/{ref.sha256}" controls="">' in page
    assert markup.is_harmless(page, {ref.sha256})
    with pytest.raises(ContentFaults) as refused:
        material.take_sound(_put(tmp_path, b"ID3"), "断.mp3", blobs)
    assert [fault.code for fault in refused.value.faults] == ["sound-length"]


def test_a_picture_goes_in_without_its_place(tmp_path: Path, blobs: BlobStore) -> None:
    taken = material.take_picture(_put(tmp_path, jpeg(6)), "a.jpg", blobs)
    assert PLACE not in blobs.read(taken.sha256, 10**5)
    with pytest.raises(ContentFaults) as refused:
        material.take_picture(_put(tmp_path, png(wide=40_000, high=40_000)), "a.png", blobs)
    assert [fault.code for fault in refused.value.faults] == ["picture-pixels"]


def test_a_pdf_with_a_password_is_refused_by_name(tmp_path: Path, blobs: BlobStore) -> None:
    locked = PDF.replace(b"<<>>\n%%EOF", b"<< /Encrypt 9 0 R >>\n%%EOF")
    with pytest.raises(ContentFaults) as refused:
        material.take_pdf(_put(tmp_path, locked), "密.pdf", blobs)
    assert refused.value.faults[0].code == "pdf-encrypted"
    assert "密.pdf" in str(refused.value)
    assert material.take_pdf(_put(tmp_path, PDF), "讲义.pdf", blobs).item.title == "讲义"


def test_a_pdf_that_only_one_program_draws_is_refused_by_name(
    tmp_path: Path, blobs: BlobStore
) -> None:
    form = b"5 0 obj\n<< /XFA 6 0 R >>\nendobj\n6 0 obj\n<< /NeedsRendering true >>\nendobj\n"
    with pytest.raises(ContentFaults) as refused:
        material.take_pdf(_put(tmp_path, b"%PDF-1.7\n" + form + b"%%EOF\n"), "表.pdf", blobs)
    assert refused.value.faults[0].code == "pdf-form"


def test_a_film_that_phones_may_not_show_goes_in_with_a_remark(
    tmp_path: Path, blobs: BlobStore
) -> None:
    raw = mp4(traks=(Trak(inside=avcc(110)), Trak(b"soun", b"mp4a", inside=esds(0x40))))
    taken = material.take_film(_put(tmp_path, raw), "D:\\课\\第一讲.mp4", blobs)
    (note,) = taken.notes
    assert note.text().startswith("“D:\\课\\第一讲.mp4”的画面是 H.264 的 High 10 规格，手机")


def test_a_film_under_the_name_of_another_kind_is_refused_by_its_content(
    tmp_path: Path, blobs: BlobStore
) -> None:
    file = _put(tmp_path, b"FLV\x01\x05" + bytes(200))
    assert recognise(file, "第一讲.mp4") is What.FILM
    with pytest.raises(ContentFaults, match="是 FLV 格式.*只改文件名没有用") as refused:
        material.take_film(file, "第一讲.mp4", blobs)
    assert refused.value.faults[0].code == "video-container"
