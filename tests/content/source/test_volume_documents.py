"""Volumes of documents: made from files, read back, folded for the search."""

import json
import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.model import limits
from content.model.errors import ContentFaults, MalformedManifest
from content.model.volume import Document, read_document, read_volume, write_volume
from content.packs.pack import open_manifest
from content.source.build_pack import build
from content.source.documents import decode, document_of
from content.source.folder import read_folder
from content.text.search_fold import fold
from content.transfer.blobs import BlobStore
from tests.content.conftest import KEY

LAW = "食品安全法\n文号：主席令第21号\n\n第一条 为了保证食品安全。\n第二条 适用范围。\n"


def library(folder: Path, **files: bytes) -> Path:
    """A course folder with one volume of these files; ``_`` in a name is a dot."""
    (folder / "laws").mkdir(parents=True)
    (folder / "course.toml").write_text(
        'id = "laws"\nversion = 1\ntitle = "法规库"\n'
        '[[volume]]\nid = "food"\ntitle = "食品安全"\nfolder = "laws"\n',
        "utf-8",
    )
    for name, raw in files.items():
        (folder / "laws" / name.replace("_", ".")).write_bytes(raw)
    return folder


def codes(folder: Path) -> list[str]:
    with pytest.raises(ContentFaults) as caught:
        read_folder(folder)
    return [fault.code for fault in caught.value.faults]


def test_a_library_becomes_a_pack_and_its_documents_come_back(tmp_path: Path) -> None:
    root = library(tmp_path / "in", a_txt=LAW.encode(), b_md=b"# Note\n\nSome *text*.\n\n## Two\n")
    blobs = BlobStore(tmp_path / "blobs")
    pack = build(read_folder(root), blobs, KEY)
    course = open_manifest(blobs.read(pack.manifest_sha, limits.MAX_MANIFEST_BYTES), KEY.public)
    assert course == pack.course
    (volume,) = course.volumes
    path = blobs.path(volume.file.sha256)
    lines = list(read_volume(path))
    assert volume.documents == len(lines) == 2
    assert [line.document.title for line in lines] == ["食品安全法", "Note"]
    assert lines[1].document.text == "Some text.\n# Two"
    assert volume.characters == sum(len(line.document.text) for line in lines)
    for line in lines:
        assert read_document(path, line.offset, line.length) == line.document


def test_the_head_of_a_file_gives_its_fields() -> None:
    raw = "标题：食品经营许可\n文号: 令第 17 号\n发布日期：2015-08-31\n来源：总局\n正文：第一段\n"
    document = document_of(PurePosixPath("x/1.txt"), raw.encode())
    assert (document.title, document.number, document.issued, document.source) == (
        "食品经营许可",
        "令第 17 号",
        "2015-08-31",
        "总局",
    )
    assert document.text == "正文：第一段"


def test_the_head_of_a_markdown_file_is_read_before_it_is_rendered() -> None:
    raw = "標題：对照表\n来源：甲\n\n## 一\n\n第一行\n还是第一段\n"
    document = document_of(PurePosixPath("x/1.md"), raw.encode())
    assert (document.title, document.source, document.text) == (
        "对照表",
        "甲",
        "# 一\n第一行 还是第一段",
    )


NUMBERED = """# 办法

第一、总则

3. 三
4. 四 *强*

   四的第二段

   1. 四之一
   2. 四之二
      - 点

5. 五

7) 七
8) 八

- 甲
  1) 甲之一
"""


def test_numbers_of_lists_are_shown_as_they_were_written() -> None:
    document = document_of(PurePosixPath("x/1.md"), NUMBERED.encode())
    assert document.text.split("\n") == [
        "第一、总则",
        "3. 三",
        "4. 四 强",
        "四的第二段",
        "　　1. 四之一",
        "　　2. 四之二",
        "　　　　点",
        "5. 五",
        "7) 七",
        "8) 八",
        "甲",
        "　　1) 甲之一",
    ]


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        ("<ol><li>甲<li>乙</ol><ol><li>丙</ol>", ["1. 甲", "2. 乙", "1. 丙"]),
        ('<ol start="0"><li><p>甲</p><p>乙</p><li></ol>', ["0. 甲", "乙", "1."]),
        ('<ol start="-1"><li>甲<ol start="9"><li>乙</ol>丙</ol>', ["-1. 甲", "　　9. 乙", "丙"]),
        ('<ol start="99999999999999"><li>甲</ol>', ["1. 甲"]),
        ('<ol start="x"><li><h2>甲</h2>乙</ol>', ["# 1. 甲", "乙"]),
        ("<ol><li><h2></h2><li><ol><li>甲</ol></ol>", ["1.", "2.", "　　1. 甲"]),
        ("<ul><li>甲<li>乙</ul><li>丙", ["甲", "乙", "丙"]),
        ("<ol>" * 40 + "<li>甲", ["　　" * 8 + "1. 甲"]),
    ],
)
def test_numbers_of_lists_in_html_are_shown(page: str, lines: list[str]) -> None:
    document = document_of(PurePosixPath("x/1.html"), f"<h1>题</h1>{page}".encode())
    assert document.text.split("\n") == lines


@pytest.mark.parametrize(
    ("name", "raw", "title", "text"),
    [
        ("通知.txt", "一" * 90 + "\n后文", "通知", "一" * 90 + "\n后文"),
        ("空.txt", "", "空", ""),
        (
            "a.html",
            "<title>x</title><h1>题</h1><p>甲<b>乙</b></p><p>丙&lt;丁</p>",
            "题",
            "甲乙\n丙<丁",
        ),
        ("a.html", "<script>alert(1)</script><p>甲</p>", "甲", ""),
    ],
)
def test_a_title_is_found_and_markup_goes(name: str, raw: str, title: str, text: str) -> None:
    document = document_of(PurePosixPath(name), raw.encode())
    assert (document.title, document.text) == (title, text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_comes_in_what_offices_use(encoding: str) -> None:
    assert decode("计量器具管理".encode(encoding)) == "计量器具管理"


def test_faulty_volumes_are_named(tmp_path: Path) -> None:
    assert codes(library(tmp_path / "a", a_doc=b"x", b_txt=b"y")) == ["document-kind"]
    assert codes(library(tmp_path / "b")) == ["volume-empty", "no-items"]
    assert codes(library(tmp_path / "c", a_txt=b"\xff\xff\xff", b_txt=b"y")) == ["document-no-text"]
    gone = library(tmp_path / "d", a_txt=b"x")
    os.rename(gone / "laws", gone / "elsewhere")
    assert codes(gone) == ["volume-no-folder", "no-items"]
    large = library(tmp_path / "e", a_txt=b"x" * (limits.MAX_DOCUMENT_BYTES // 2 + 1), b_txt=b"y")
    assert codes(large) == ["document-too-large"]


def test_links_in_a_volume_are_refused(tmp_path: Path) -> None:
    root = library(tmp_path / "in", a_txt=b"x")
    (root / "laws" / "z.txt").symlink_to("/etc/passwd")
    assert codes(root) == ["file-not-regular"]


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[]",
        b"{",
        b"\xff",
        json.dumps({"id": "1" * 12, "title": "t", "text": "x"}).encode(),
        json.dumps(dict(id="x", title="t", number="", issued="", source="", text="")).encode(),
        json.dumps(dict(id="1" * 12, title="", number="", issued="", source="", text="")).encode(),
        json.dumps(dict(id="1" * 12, title="t", number="", issued="", source="", text=1)).encode(),
        b'{"id":"111111111111","title":"t","number":"","issued":"","source":"","text":"\\ud800"}',
        json.dumps(
            dict(id="1" * 12, title="t" * 81, number="", issued="", source="", text="")
        ).encode(),
    ],
)
def test_a_line_that_breaks_a_rule_is_refused(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "v"
    path.write_bytes(write_volume("v", []) + line + b"\n")
    with pytest.raises(MalformedManifest):
        list(read_volume(path))


def test_a_document_that_comes_twice_or_is_cut_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v"
    document = Document("1" * 12, "t", "text")
    path.write_bytes(write_volume("v", [document, document]))
    with pytest.raises(MalformedManifest, match="twice"):
        list(read_volume(path))
    whole = write_volume("v", [document])
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        try:
            assert list(read_volume(path)) == []
        except MalformedManifest:
            continue


@given(st.text())
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


def test_folding_makes_forms_equal() -> None:
    assert fold("食品安全監督管理條例") == "食品安全监督管理条例"
    assert fold("ＧＢ　７７１８") == fold("gb 7718")
