"""content.scorm: a package as an item of a course folder, and its activities in a manifest."""

from pathlib import Path

import pytest

from content.model.activity_values import scorm_from_values, scorm_values
from content.model.errors import ContentFaults, MalformedManifest
from content.packs.pack import open_manifest
from content.source.build_pack import build
from content.source.folder import read_folder
from content.transfer.blobs import BlobStore
from tests.content.conftest import KEY
from tests.content.scorm.test_scorm import ONE, PAGE
from tests.scorm import package, zipped

ITEM = '\n[[item]]\nid = "golf"\nkind = "scorm"\ntitle = "高尔夫"\nfile = "golf.zip"\n'


@pytest.fixture
def with_package(folder: Path) -> Path:
    (folder / "golf.zip").write_bytes(package(ONE, files={"one.html": PAGE, "a.js": "1"}))
    with (folder / "course.toml").open("a", encoding="utf-8") as file:
        file.write(ITEM)
    return folder


def test_a_course_folder_may_have_a_package(with_package: Path, blobs: BlobStore) -> None:
    pack = build(read_folder(with_package), blobs, KEY)
    item = pack.course.item("golf")
    assert (item.kind, item.seconds, item.file) == ("scorm", 60, None)
    assert item.scorm is not None
    assert [activity.launch for activity in item.scorm.launchable()] == ["one.html"]
    assert {ref.path for ref in item.assets} == {
        "golf/imsmanifest.xml", "golf/one.html", "golf/a.js",
    }  # fmt: skip
    assert blobs.missing(pack.course.files()) == ()
    assert open_manifest(blobs.path(pack.manifest_sha).read_bytes(), KEY.public) == pack.course


def test_a_broken_package_is_told_at_its_item(with_package: Path) -> None:
    (with_package / "golf.zip").write_bytes(zipped({"index.html": PAGE}))
    with pytest.raises(ContentFaults) as caught:
        read_folder(with_package)
    [fault] = caught.value.faults
    assert (fault.code, fault.file, fault.key) == ("scorm-no-manifest", "course.toml", "file")


def test_a_file_of_the_folder_may_not_stand_where_the_package_does(with_package: Path) -> None:
    (with_package / "golf").mkdir()
    (with_package / "golf" / "one.html").write_text("<p>别的</p>", "utf-8")
    more = '[[item]]\nid = "page"\nkind = "page"\ntitle = "页"\nfile = "golf/one.html"\n'
    with (with_package / "course.toml").open("a", encoding="utf-8") as file:
        file.write(more)
    with pytest.raises(ContentFaults) as caught:
        read_folder(with_package)
    assert "path-twice" in [fault.code for fault in caught.value.faults]


SCORM = {"version": "1.2", "activities": [{"id": "o", "title": ""},
         {"id": "one", "title": "一", "launch": "one.html", "sco": True}]}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("version", "1.3", "unknown word"),
        ("more", 1, "unknown fields"),
        ("activities", [], "opens a file"),
        ("activities", [{"id": "o"}], "has no title"),
        ("activities", [{"id": "o", "title": "", "launch": "a", "parent": 1}], "before its parent"),
        ("activities", [{"id": "o", "title": "", "launch": "a"}] * 2, "two activities"),
        ("activities", [{"id": "o", "title": "", "launch": "a", "sco": False}], "as usual"),
        ("activities", [{"id": "o", "title": "", "launch": "a", "sco": 1}], "expected bool"),
        ("activities", [{"id": "o", "title": "", "launch": "a\0"}], "expected str"),
        ("activities", [{"id": "o", "title": "", "launch": "a" * 241}], "expected str"),
        ("activities", [{"id": "o", "title": "", "parent": 501}], "expected int"),
        ("activities", {"id": "o"}, "expected a list"),
    ],
)
def test_activities_that_break_a_rule_are_refused(place: str, value: object, message: str) -> None:
    assert scorm_values(scorm_from_values(SCORM)) == SCORM
    with pytest.raises(MalformedManifest, match=message):
        scorm_from_values({**SCORM, place: value})
