"""content.scorm: a package gives its activities and files, or is refused and leaves nothing."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import scorm
from content.model import limits
from content.model.activities import Activity
from content.model.activity_values import scorm_values
from content.model.errors import ContentFaults, FolderChanged
from content.text.xml_clean import decoded
from content.transfer.blobs import BlobStore
from tests.content.text.test_zips import with_entry
from tests.scorm import HEAD_12, SHARED, Part, manifest, package, zipped

PAGE = "<!doctype html><title>页</title>"
ONE = Part("one", "第一节", "one.html")


def read(tmp_path: Path, raw: bytes) -> scorm.ScormPackage:
    (tmp_path / "up.zip").write_bytes(raw)
    return scorm.read(tmp_path / "up.zip", BlobStore(tmp_path / "blobs"))


def refused(tmp_path: Path, raw: bytes) -> list[str]:
    with pytest.raises(ContentFaults) as caught:
        read(tmp_path, raw)
    assert BlobStore(tmp_path / "blobs").names() == set()
    assert {path.name for path in tmp_path.iterdir()} <= {"up.zip", "blobs", "food"}
    return [fault.code for fault in caught.value.faults]


def activities(tmp_path: Path, raw: bytes) -> tuple[Activity, ...]:
    return read(tmp_path, raw).scorm.activities


def test_a_package_gives_its_activities_and_every_file(tmp_path: Path) -> None:
    two = Part("two", "第二节", "b/two.html", attributes='parameters="?page=2" isvisible="false"')
    scorm_package = read(
        tmp_path,
        package(
            Part("group", "章", parts=(ONE, two)),
            files={"one.html": PAGE, "b/two.html": PAGE, "b/图.png": b"x", "empty.js": ""},
        ),
    )
    assert scorm_package.scorm.version == "1.2"
    assert [
        (activity.id, activity.parent, activity.launch, activity.query)
        for activity in scorm_package.scorm.activities
    ] == [
        ("o", 0, "", ""),
        ("group", 0, "", ""),
        ("one", 1, "one.html", ""),
        ("two", 1, "b/two.html", "?page=2"),
    ]
    assert scorm_package.scorm.activities[3].hidden
    assert {ref.path for ref in scorm_package.files} == {
        "imsmanifest.xml", "one.html", "b/two.html", "b/图.png",
    }  # fmt: skip
    assert BlobStore(tmp_path / "blobs").missing(scorm_package.files) == ()
    assert (scorm_package.title, scorm_package.notes, scorm_package.seconds) == ("课件", (), 120)


def test_a_package_in_its_own_folder_is_the_same(tmp_path: Path) -> None:
    files = {"课件/IMSManifest.xml": manifest(ONE), "课件/one.html": PAGE}
    assert [ref.path for ref in read(tmp_path, zipped(files)).files] == [
        "IMSManifest.xml",
        "one.html",
    ]


def test_what_scorm_1_2_tells_the_run_time_is_read(tmp_path: Path) -> None:
    elements = (
        "<adlcp:prerequisites type='aicc_script'>a&amp;b</adlcp:prerequisites>"
        "<adlcp:masteryscore>80</adlcp:masteryscore>"
        "<adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed>"
        "<adlcp:timelimitaction>exit,message</adlcp:timelimitaction>"
        "<adlcp:datafromlms>a\nb</adlcp:datafromlms>"
    )
    part = Part("one", "一", "one.html", xml=elements)
    [_, activity] = activities(tmp_path, package(part, files={"one.html": PAGE}))
    assert activity.prerequisites == "a&b"
    assert (activity.mastery, activity.longest, activity.time_action) == (
        "80",
        "00:30:00",
        "exit,message",
    )
    assert activity.data == "a\nb"
    assert activity.sco


def test_a_prefix_that_nobody_declared_is_noted_and_its_part_read(tmp_path: Path) -> None:
    part = Part("one", "一", "one.html", xml='<imsss:sequencing><imsss:limitConditions'
               ' attemptLimit="2"/></imsss:sequencing><x-y:z a.b:c="1"/>')  # fmt: skip
    text = manifest(part, version="2004").replace(
        ' xmlns:imsss="http://www.imsglobal.org/xsd/imsss"', ""
    )
    text = text.replace("<manifest ", "<!-- <root> --><!-- - --><manifest ", 1)
    got = read(tmp_path, zipped({"imsmanifest.xml": text, "one.html": PAGE}))
    assert [(note.code, note.values["name"]) for note in got.notes] == [
        (("scorm-prefix"), name) for name in ("imsss", "x-y", "a.b")
    ]
    assert got.scorm.activities[1].sequencing.attempts == 2


def test_a_broken_manifest_with_such_a_prefix_is_still_refused(tmp_path: Path) -> None:
    for text in ("<manifest><a:b></manifest>", "<a:b", "<!-- <x> <a:b/>", "<manifest><a:b/>"):
        raw = zipped({"imsmanifest.xml": text, "one.html": PAGE})
        assert refused(tmp_path, raw) == ["scorm-manifest-xml"]
    bomb = '<!DOCTYPE m [<!ENTITY a "b">]><manifest><x:y>&a;</x:y></manifest>'
    raw = zipped({"imsmanifest.xml": bomb})
    assert refused(tmp_path, raw) == ["scorm-manifest-entities"]


@pytest.mark.parametrize(
    ("href", "parameters", "launch", "query"),
    [
        ("one.html", "a=1", "one.html", "?a=1"),
        ("one.html?x=0", "&amp;a=1", "one.html", "?x=0&a=1"),
        ("one.html", "#end", "one.html", "#end"),
        ("one.html#top", "a=1", "one.html", "?a=1#top"),
        ("ONE.html", "", "one.html", ""),
        ("./b/../one.html", "", "one.html", ""),
        ("b%20c.html", "", "b c.html", ""),
        ("b\\d.html", "", "b/d.html", ""),
        ("e\u0301.html", "", "é.html", ""),
    ],
)
def test_a_part_opens_the_file_that_its_author_meant(
    tmp_path: Path, href: str, parameters: str, launch: str, query: str
) -> None:
    part = Part("p", "页", href, attributes=f'parameters="{parameters}"')
    files = dict.fromkeys(("one.html", "b c.html", "b/d.html", "é.html"), PAGE)
    [_, activity] = activities(tmp_path, package(part, files=files))
    assert (activity.launch, activity.query) == (launch, query)


def test_every_base_stands_before_an_address(tmp_path: Path) -> None:
    text = (
        manifest(Part("p", "页", "one.html"))
        .replace("<resources>", '<resources xml:base="a/">')
        .replace("<resource ", '<resource xml:base="b/" ')
    )
    [_, activity] = activities(tmp_path, zipped({"imsmanifest.xml": text, "a/b/one.html": PAGE}))
    assert activity.launch == "a/b/one.html"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("says", [True, False])
def test_a_manifest_is_read_in_the_encoding_of_its_tool(
    tmp_path: Path, encoding: str, says: bool
) -> None:
    name = encoding.removesuffix("-sig").removesuffix("-le").replace("gb18030", "GB2312")
    text = manifest(ONE, title="执法检查").replace('encoding="UTF-8"', f'encoding="{name}"')
    if not says:
        text = text.replace(f' encoding="{name}"', "")
    raw = zipped({"imsmanifest.xml": text.encode(encoding), "one.html": PAGE})
    assert read(tmp_path, raw).title == "执法检查"


def test_text_in_no_known_encoding_is_refused(tmp_path: Path) -> None:
    raw = zipped({"imsmanifest.xml": HEAD_12.encode() + b"\xff\xff\xff", "one.html": PAGE})
    assert refused(tmp_path, raw) == ["scorm-manifest-encoding"]


def test_without_an_organisation_every_sco_is_a_part(tmp_path: Path) -> None:
    text = manifest(ONE, Part("two", "二", "two.html"))
    begin, end = text.index("<organization "), text.index("</organizations>")
    bare = text[:begin] + text[end:]
    raw = zipped({"imsmanifest.xml": bare, "one.html": PAGE, "two.html": PAGE})
    assert [activity.launch for activity in activities(tmp_path, raw)] == [
        "",
        "one.html",
        "two.html",
    ]


def test_an_unknown_default_means_the_first_organisation(tmp_path: Path) -> None:
    text = manifest(ONE).replace('default="o"', 'default="gone"')
    raw = zipped({"imsmanifest.xml": text, "one.html": PAGE})
    assert [activity.launch for activity in activities(tmp_path, raw)] == ["", "one.html"]


def test_a_part_that_opens_nothing_is_noted_and_the_others_play(tmp_path: Path) -> None:
    bad = (
        Part("gone", "无", "gone.html"),
        Part("far", "远", "https://example.org/x.html"),
        Part("out", "外", "../../etc/passwd"),
        Part("none", "空", attributes='identifierref="nothing"'),
        Part("long", "长", "one.html", attributes=f'parameters="{"x" * 1001}"'),
    )
    scorm_package = read(tmp_path, package(ONE, *bad, files={"one.html": PAGE}))
    assert [activity.id for activity in scorm_package.scorm.launchable()] == ["one"]
    assert [(note.code, note.key) for note in scorm_package.notes] == [
        ("scorm-file-missing", "gone"),
        ("scorm-other-server", "far"),
        ("scorm-file-missing", "out"),
        ("scorm-no-resource", "none"),
        ("scorm-query-long", "long"),
    ]


def test_a_package_in_which_nothing_opens_is_refused_with_the_reason(tmp_path: Path) -> None:
    assert refused(tmp_path, package(ONE)) == ["scorm-file-missing", "scorm-file-missing"]
    assert refused(tmp_path, package(Part("p", "空"))) == ["scorm-nothing-to-open"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"index.html": PAGE}, "scorm-no-manifest"),
        ({"a/imsmanifest.xml": "x", "b/x": "x"}, "scorm-no-manifest"),
        ({"course.AU": "x", "course.crs": "x"}, "scorm-aicc"),
        ({"cmi5.xml": "<courseStructure/>", "index.html": PAGE}, "scorm-cmi5"),
        ({"a/tincan.xml": "<tincan/>", "a/index.html": PAGE}, "scorm-xapi"),
        ({"imsmanifest.xml": ""}, "scorm-manifest-xml"),
        ({"imsmanifest.xml": manifest(ONE)[:-20]}, "scorm-manifest-xml"),
        ({"imsmanifest.xml": "<html/>"}, "scorm-manifest-other"),
        (
            {"imsmanifest.xml": '<!DOCTYPE m [<!ENTITY a "b">]><manifest>&a;</manifest>'},
            "scorm-manifest-entities",
        ),
        (
            {"imsmanifest.xml": '<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]><m>&a;</m>'},
            "scorm-manifest-entities",
        ),
    ],
)
def test_what_is_no_package_is_refused_with_a_reason(
    tmp_path: Path, files: dict[str, str], code: str
) -> None:
    assert refused(tmp_path, zipped(files)) == [code]


def test_a_manifest_that_is_too_large_is_refused(tmp_path: Path) -> None:
    filler = "".join(f"<!-- {n} -->" for n in range(600_000))
    assert refused(tmp_path, zipped({"imsmanifest.xml": filler})) == ["scorm-manifest-large"]


def test_a_file_that_no_line_carries_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_VIDEO_BYTES", 50)
    assert refused(tmp_path, package(ONE, files={"one.html": "x" * 51})).count("scorm-file-large")


def test_more_parts_or_levels_than_a_table_of_contents_holds_are_refused(tmp_path: Path) -> None:
    many = [Part(f"p{n}", "页", "one.html") for n in range(limits.MAX_ACTIVITIES)]
    assert refused(tmp_path, package(*many, files={"one.html": PAGE})) == ["scorm-too-many"]
    deep = ONE
    for n in range(limits.MAX_ACTIVITY_DEPTH):
        deep = Part(f"level{n}", "层", parts=(deep,))
    assert refused(tmp_path, package(deep, files={"one.html": PAGE})) == ["scorm-too-deep"]


def test_two_thousand_files_are_read(tmp_path: Path) -> None:
    files = {f"data/{n}.js": f"// {n % 50}" for n in range(2_000)}
    scorm_package = read(tmp_path, package(ONE, files={"one.html": PAGE, **files}))
    assert len(scorm_package.files) == 2_002
    item = scorm_package.item("big", "大课件", True)
    raw = json.dumps(scorm_values(scorm_package.scorm)).encode()
    assert len(raw) < 1_000
    assert len(item.assets) == 2_002


def test_more_files_than_that_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SCORM_FILES", 1)
    assert refused(tmp_path, package(ONE, files={"one.html": PAGE})) == ["zip-too-many"]


def test_a_damaged_package_leaves_nothing(tmp_path: Path) -> None:
    whole = zipped({"imsmanifest.xml": manifest(ONE), "one.html": bytes(range(256)) * 20})
    at = (
        whole.index(bytes(range(100)))
        if bytes(range(100)) in whole
        else whole.index(b"one.html") + 40
    )
    broken = bytearray(whole)
    broken[at] ^= 0xFF
    assert refused(tmp_path, bytes(broken)) == ["zip-damaged"]


@pytest.mark.parametrize("name", ["../x.html", "/x.html", "a\\..\\x", "C:/x", "a/\0b", "x" * 241])
def test_a_name_that_leads_out_of_a_package_is_refused(
    folder: Path, tmp_path: Path, name: str
) -> None:
    assert refused(tmp_path, with_entry(folder, name)) == ["path-unsafe"]


def test_a_package_that_changed_after_it_was_read_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "up.zip").write_bytes(package(ONE, files={"one.html": PAGE}))
    scorm_package = scorm.inspect(tmp_path / "up.zip")
    (tmp_path / "up.zip").write_bytes(package(ONE, files={"one.html": "other"}))
    blobs = BlobStore(tmp_path / "blobs")
    with pytest.raises(FolderChanged, match="one.html changed"):
        scorm.keep(tmp_path / "up.zip", scorm_package.files, blobs)
    assert blobs.names() == set()


@given(st.binary(max_size=200))
def test_garbage_is_text_or_a_unicode_error(garbage: bytes) -> None:
    for raw in (garbage, b"<?xml version='1.0' encoding='utf-16'?>" + garbage):
        try:
            decoded(raw)
        except UnicodeError:
            continue


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("golf/RuntimeBasicCalls_SCORM12", "Golf Explained - Run-time Basic Calls"),
        ("moodle/RuntimeMinimumCalls_SCORM12", "Golf Explained - Minimum Run-time Calls"),
        ("moodle/singlescobasic", "Golf Explained - Run-time Basic Calls"),
        ("moodle/badscorm", ["scorm-manifest-xml"]),
        ("moodle/validscorm", ["scorm-manifest-xml"]),
        ("moodle/invalid", ["scorm-no-manifest"]),
        ("moodle/validaicc", ["scorm-aicc"]),
    ],
)
def test_packages_that_others_made_are_read_or_refused(
    tmp_path: Path, name: str, title: str | list[str]
) -> None:
    path = SHARED / f"{name}.zip"
    if not path.exists():
        pytest.skip(f"no test material at {SHARED}")
    if isinstance(title, list):
        assert refused(tmp_path, path.read_bytes()) == title
    else:
        assert read(tmp_path, path.read_bytes()).title == title
