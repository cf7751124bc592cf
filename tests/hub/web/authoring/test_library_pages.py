"""A library in the hub's pages: volumes, documents in any encoding, order, review, publication."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from content.model import categories
from content.model.volume import read_volume
from hub.authoring import draft_editing, volume_documents, volume_editing
from hub.authoring.draft_plan import DocumentPlan, VolumePlan
from hub.authoring.errors import NotNow
from hub.context.open_hub import Hub
from hub.imports.imports import import_file
from hub.materials.import_report import ImportTarget
from hub.rights import Actor
from hub.store.engine import reading
from hub.web.authoring.materials import WORKER
from tests.content.conftest import PDF
from tests.hub.actors import actor
from tests.hub.visitors import Visitor, visitor

PERMITS = "# 食品经营许可\n\n第一条 依法许可。\n\n## 附则\n\n第二条 施行。"
BUYING = "标题：进货查验\n文号：总局令第1号\n发布日期：2026-03-01\n来源：总局\n\n应当查验。"
NOTICE = "<h1>公示栏</h1><p onclick='x()'>挂在门口。</p><script>alert(1)</script>"
FILES = {
    "许可.md": PERMITS.encode(),
    "查验.txt": BUYING.encode("gb18030"),
    "公示.html": NOTICE.encode("utf-16"),
}


@pytest.fixture
def author(sqlite_hub: Hub) -> Visitor:
    who = visitor(sqlite_hub, "作者", "author")
    answer = who.post("/library/new", category="食品安全", id="food-laws")
    assert answer.location == "/authoring/food-laws/volumes/v1"
    return who


def give(who: Visitor, files: dict[str, bytes], volume: str = "v1") -> str:
    """Hand files in, wait for them, and return the volume's page."""
    uploads = [(BytesIO(raw), name) for name, raw in files.items()]
    answer = who.post("/materials/import", file=uploads, volume=f"food-laws/{volume}")
    assert answer.location == f"/authoring/food-laws/volumes/{volume}"
    assert who.client.application.extensions[WORKER].rest(20)
    return who.get(str(answer.location))


def titles(page: str) -> list[str]:
    return re.findall(r'<a href="/authoring/[^"]+/v1/[0-9a-f]{12}">([^<]+)</a>', page)


def keys(page: str) -> list[str]:
    return re.findall(r'data-item="([0-9a-f]{12})"', page)


def test_documents_of_any_encoding_become_a_volume(author: Visitor) -> None:
    assert "这一卷里还没有资料" in author.get("/authoring/food-laws/volumes/v1")
    page = give(author, FILES)
    assert titles(page) == ["食品经营许可", "进货查验", "公示栏"]
    assert "总局令第1号 · 2026-03-01 · 总局" in page
    first, _second, third = keys(page)
    shown = author.get(f"/authoring/food-laws/volumes/v1/{first}")
    assert "<h2>附则</h2>" in shown
    assert "<p>第一条 依法许可。</p>" in shown
    assert "alert" not in author.get(f"/authoring/food-laws/volumes/v1/{third}")


def test_every_file_has_a_report_that_adds_up(author: Visitor) -> None:
    give(author, FILES)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, raw in FILES.items():
            archive.writestr(f"法规/{name}", raw)
        archive.writestr("法规/新.md", "# 新办法\n\n一")
        archive.writestr("法规/表.docx", b"PK")
        archive.writestr("法规/空.txt", "标题：空\n")
        archive.writestr(".git/config", "x")
    files = {
        "义.pdf": PDF,
        "二.txt": b"\x00\x01\x02\x03" * 9,
        "许可.md": PERMITS.replace("施行", "废止").encode(),
        "包.zip": packed.getvalue(),
    }
    page = give(author, files)
    counts = re.findall(r"收下 (\d+)，已有 (\d+)，退回 (\d+)", page)
    assert counts[:4] == [("2", "2", "2"), ("1", "0", "0"), ("0", "0", "1"), ("0", "0", "1")]
    reports = [author.get(f"/materials/imports/{n}") for n in (4, 5, 6, 7)]
    assert "不能收进资料库" in reports[0]
    assert "不是文本文件" in reports[1]
    assert "已换成新的" in reports[2]
    assert "表.docx" in reports[3]
    assert "没有能显示的文字" in reports[3]
    # A name does not include the packed folder, so the zip's older wording replaces the document.
    assert sorted(titles(page)) == sorted(["食品经营许可", "进货查验", "公示栏", "新办法"])


def test_documents_are_put_in_order_told_of_and_removed(author: Visitor) -> None:
    first, second, third = keys(give(author, FILES))
    path = "/authoring/food-laws/volumes/v1"
    author.post(path, do="down", item=first)
    assert keys(author.get(path)) == [second, first, third]
    author.post(path, do="place", item=third, before=second)
    author.post(path, do="up", item=first)
    assert keys(author.get(path)) == [third, first, second]
    author.post(path, do="sort")
    assert titles(author.get(path)) == sorted(["食品经营许可", "进货查验", "公示栏"])
    assert author.post(path, do="else").status_code == 400
    fields = {"title": "进货查验制度", "number": "1号", "issued": "2026-04-01", "source": ""}
    assert author.post(f"{path}/{second}", **fields).status_code == 303
    assert "1号 · 2026-04-01" in author.get(path)
    for wrong in ({"title": ""}, {"title": "长" * 81}, {"number": "长" * 61}):
        answer = author.post(f"{path}/{second}", **fields | wrong)
        assert (answer.status_code, "field-wrong" in answer.text) == (400, True)
    assert "去掉《进货查验制度》？" in author.get(f"{path}/{second}/remove")
    author.post(f"{path}/{second}/remove")
    assert second not in keys(author.get(path))
    author.get(f"{path}/{second}", 404)
    assert "没有这样的资料" in author.get(f"{path}?q=zzz")
    assert titles(author.get(f"{path}?q=公示")) == ["公示栏"]


def test_volumes_are_added_moved_renamed_and_removed(author: Visitor) -> None:
    give(author, FILES)
    draft = "/authoring/food-laws"
    answer = author.post(f"{draft}/volumes", do="add", category="登记注册")
    assert answer.location == f"{draft}/volumes/v2"
    assert "这一卷里还没有资料" in author.get(f"{draft}/review")
    author.post(f"{draft}/volumes", do="up", volume="v2")
    page = author.get(draft)
    assert page.index("at-v2") < page.index("at-v1")
    author.post(f"{draft}/volumes/v2", do="title", title="登记")
    assert "登记注册" not in author.get(draft).partition("加一卷")[0]
    assert author.post(f"{draft}/volumes/v2", do="title", title="").status_code == 400
    author.post(f"{draft}/volumes", do="add", category="别的")
    assert "请选一个类别" in author.get(draft)
    author.get(f"{draft}/volumes/v9", 404)
    assert "0 份资料也一起去掉" in author.get(f"{draft}/volumes/v2/remove")
    author.post(f"{draft}/volumes/v2/remove")
    author.get(f"{draft}/volumes/v2", 404)
    author.get(f"{draft}/volumes/v1/remove", 404)  # the last one
    for category, status in (("", 400), ("别的", 400), (categories.LIBRARY[0], 303)):
        assert author.post("/library/new", category=category).status_code == status
    assert author.post("/library/new", category="食品安全", id="food-laws").status_code == 400


def step(who: Visitor, what: str, **more: str) -> int:
    page = who.get("/authoring/food-laws/review")
    match = re.search(r'name="edition" value="(\d+)"', page)
    assert match is not None
    path = "/authoring/food-laws/" + ("publish" if what == "publish" else "review")
    return who.post(path, what=what, edition=match[1], **more).status_code


def publish(author: Visitor, reviewer: Visitor) -> None:
    assert step(author, "submit") == 303
    assert step(reviewer, "approve") == 303
    assert step(author, "publish", unit="0") == 303


def test_a_library_is_reviewed_published_and_its_next_version_says_what_changed(
    author: Visitor, sqlite_hub: Hub
) -> None:
    reviewer = visitor(sqlite_hub, "审者", "reviewer")
    first, second, _third = keys(give(author, FILES))
    assert "共 1 卷、3 份资料" in author.get("/authoring/food-laws/review")
    assert "进货查验" in reviewer.get("/authoring/food-laws/preview")
    step(author, "submit")
    closed = "/authoring/food-laws/volumes/v1"
    assert "正在审核" in author.get(closed)
    assert 'id="drop"' not in author.get(closed)
    assert author.post(closed, do="sort").status_code == 409
    assert "没有收进资料库" in give_late(author)
    assert step(reviewer, "approve") == 303
    assert step(author, "publish", unit="0") == 303
    with reading(sqlite_hub.engine) as connection:
        course = draft_editing.published(sqlite_hub, connection, "food-laws")
    assert course is not None
    (volume,) = course.volumes
    lines = read_volume(sqlite_hub.blobs.path(volume.file.sha256))
    assert [line.document.title for line in lines] == ["食品经营许可", "进货查验", "公示栏"]
    assert (volume.title, volume.documents, course.required) == ("食品安全", 3, False)
    assert '<th scope="row">食品安全</th>' in author.get("/courses/food-laws")
    assert "与已发布的第 1 版相同" in author.get("/authoring/food-laws/review")
    give(
        author,
        {"许可.md": PERMITS.replace("施行", "废止").encode(), "新.md": b"# \xe6\x96\xb0\n\n1"},
    )
    author.post(f"{closed}/{second}/remove")
    author.post(closed, do="down", item=first)
    page = author.get("/authoring/food-laws/review")
    for words in (
        "增加 1 份：《新》",
        "去掉 1 份：《进货查验》",
        "改动 1 份：《食品经营许可》",
        "次序变了",
    ):
        assert words in page, words
    publish(author, reviewer)
    assert "去掉 1 份：《进货查验》" in author.get("/courses/food-laws/changes/2")


def give_late(who: Visitor) -> str:
    """The report of a file that came while the library was being reviewed."""
    give(who, {"晚.md": b"# x\n\ny"})
    return who.get("/materials/imports/4")


def test_a_published_library_goes_on_from_what_is_published(
    author: Visitor, sqlite_hub: Hub
) -> None:
    give(author, FILES)
    publish(author, visitor(sqlite_hub, "审者", "reviewer"))
    page = author.get("/authoring/food-laws/discard")
    assert "3 份资料不再保留" in page
    match = re.search(r'name="edition" value="(\d+)"', page)
    assert match is not None
    author.post("/authoring/food-laws/discard", edition=match[1])
    author.get("/authoring/food-laws", 404)
    answer = author.post("/authoring/next/food-laws")
    assert answer.location == "/authoring/food-laws"
    assert "3 份资料" in author.get("/authoring/food-laws")
    assert "与已发布的第 1 版相同" in author.get("/authoring/food-laws/review")


def test_only_authors_change_a_library_and_only_their_own(author: Visitor, sqlite_hub: Hub) -> None:
    (key, *_rest) = keys(give(author, FILES))
    reviewer = visitor(sqlite_hub, "审者", "reviewer")
    path = "/authoring/food-laws/volumes/v1"
    for shown in (path, f"{path}/{key}"):
        reviewer.get(shown)
        assert f"{key}/remove" not in reviewer.get(shown)
    for changing in ("/library/new", path, f"{path}/{key}", f"{path}/{key}/remove"):
        assert reviewer.post(changing).status_code == 403
    assert reviewer.post("/authoring/food-laws/volumes", do="up").status_code == 403
    stranger = Actor("x")  # without any role
    target = ImportTarget(volume="food-laws/v1")
    report = import_file(sqlite_hub, Path(__file__), "甲.txt", stranger, target)
    assert (report.imported, report.refused) == (0, 1)


def test_the_folder_of_a_library_becomes_a_draft_with_its_volumes(
    author: Visitor, sqlite_hub: Hub
) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        text = 'id = "hand"\nversion = 1\ntitle = "手册"\n\n[[volume]]\nid = "a"\ntitle = "甲"\n'
        archive.writestr("course.toml", text + 'folder = "a"\n')
        archive.writestr("a/1.md", "# 一\n\n一")
    for number, words in ((1, "全部收下了"), (2, "已有草稿或已发布")):
        author.post("/materials/import", file=(BytesIO(packed.getvalue()), "手册.zip"))
        assert author.client.application.extensions[WORKER].rest(20)
        assert words in author.get(f"/materials/imports/{number}")
    assert "1 份资料" in author.get("/authoring/hand")


def document(key: str, title: str, text: str = "x") -> DocumentPlan:
    return DocumentPlan(key, title, text, 1, "", 0, 0)


def test_documents_join_a_volume_once() -> None:
    old = VolumePlan("v1", "卷", (document("a", "甲", "1"), document("b", "乙", "2")))
    new = [document("a", "甲", "3"), document("c", "乙", "2"), document("d", "丙", "4")]
    joined = volume_editing.joined(old, new)
    assert (joined.added, joined.same, joined.replaced, joined.left) == (1, 1, 1, 0)
    assert [(entry.id, entry.text) for entry in joined.volume.documents] == [
        ("a", "3"), ("b", "2"), ("d", "4"),
    ]  # fmt: skip
    assert volume_editing.joined(joined.volume, new).same == 3
    titles = ["第10章", "第2章", "附录", "第2章 b"]
    shelf = VolumePlan("v1", "卷", tuple(document(title, title) for title in titles))
    assert [entry.title for entry in volume_editing.by_title(shelf).documents] == [
        "第2章", "第2章 b", "第10章", "附录",
    ]  # fmt: skip


def test_a_file_takes_the_place_of_one_document(author: Visitor) -> None:
    first, second, third = keys(give(author, FILES))
    path = "/authoring/food-laws/volumes/v1"
    raw = BytesIO("# 查验记录\n\n保存两年。".encode())
    answer = author.post(
        "/materials/import", file=(raw, "别的名字.md"), volume=f"food-laws/v1/{second}"
    )
    assert answer.location == path
    assert author.client.application.extensions[WORKER].rest(20)
    assert keys(author.get(path)) == [first, second, third]
    assert "保存两年。" in author.get(f"{path}/{second}")
    assert "别的名字.md" in author.get(path)


def test_a_library_in_review_is_not_changed(author: Visitor, sqlite_hub: Hub) -> None:
    give(author, FILES)
    step(author, "submit")
    with pytest.raises(NotNow, match="review"):
        volume_documents.change(
            sqlite_hub, actor("作者"), "food-laws", "v1", volume_editing.by_title
        )
