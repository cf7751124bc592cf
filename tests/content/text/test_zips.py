"""content.text.zips: a zip is unpacked inside its folder or refused; nothing else is touched."""

import copy
import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.model.errors import ContentFaults
from content.model.limits import MAX_ZIP_ENTRIES
from content.source.folder import read_folder, read_zip
from content.text import zips


def zip_of(folder: Path, top: str = "") -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, top + path.relative_to(folder).as_posix())
    return sink.getvalue()


def with_entry(folder: Path, name: str, data: bytes = b"x", mode: int = 0o100644) -> bytes:
    sink = io.BytesIO(zip_of(folder))
    with zipfile.ZipFile(sink, "a", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.filename = entry.orig_filename = name
        entry.external_attr = mode << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, data)
    return sink.getvalue()


def codes(tmp_path: Path, raw: bytes) -> list[str]:
    (tmp_path / "up.zip").write_bytes(raw)
    with pytest.raises(ContentFaults) as caught:
        read_zip(tmp_path / "up.zip", tmp_path / "into")
    assert not (tmp_path / "into").exists()
    return [fault.code for fault in caught.value.faults]


@pytest.mark.parametrize("top", ["", "课程/"])
def test_a_zip_of_a_folder_is_the_folder(folder: Path, tmp_path: Path, top: str) -> None:
    (tmp_path / "up.zip").write_bytes(zip_of(folder, top))
    assert read_zip(tmp_path / "up.zip", tmp_path / "into").course == read_folder(folder).course


def test_names_of_chinese_windows_are_read(folder: Path, tmp_path: Path) -> None:
    raw = zip_of(folder, "XXXX/").replace(b"XXXX/", "课程".encode("gb18030") + b"/")
    (tmp_path / "up.zip").write_bytes(raw)
    assert read_zip(tmp_path / "up.zip", tmp_path / "into").root.name == "课程"


def test_what_systems_leave_beside_is_ignored(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "up.zip").write_bytes(with_entry(folder, "__MACOSX/._course.toml"))
    read_zip(tmp_path / "up.zip", tmp_path / "into")
    assert not (tmp_path / "into" / "__MACOSX").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        "a/../../outside.txt",
        "/tmp/outside.txt",  # noqa: S108
        "..\\outside.txt",
        "C:\\outside.txt",
        "a\0b.txt",
        "a//b.txt",
        "a\nb.txt",
        "con.txt",
        "ends with dot.",
        "/".join("abcdefghi"),
        "长" * 121,
    ],
)
def test_a_name_that_leads_out_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    before = {path for path in tmp_path.rglob("*") if "food" not in path.parts}
    assert codes(tmp_path, with_entry(folder, name)) == ["path-unsafe"]
    after = {path for path in tmp_path.rglob("*") if "food" not in path.parts}
    assert after - before == {tmp_path / "up.zip"}


@pytest.mark.parametrize("mode", [0o100644, 0o040755, 0])
def test_an_entry_without_a_name_is_refused_by_its_place(
    folder: Path, tmp_path: Path, mode: int
) -> None:
    place = len([path for path in folder.rglob("*") if path.is_file()]) + 1
    (tmp_path / "up.zip").write_bytes(with_entry(folder, "", mode=mode))
    with pytest.raises(ContentFaults, match=f"第 {place} 个文件没有名字") as refused:
        read_zip(tmp_path / "up.zip", tmp_path / "into")
    assert "zip-no-name" in {fault.code for fault in refused.value.faults}
    assert not (tmp_path / "into").exists()


def with_backslashes(names: dict[str, bytes]) -> bytes:
    """As some tools of Windows write it: ``\\`` between folders, and at the end of a folder."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in names.items():
            entry = zipfile.ZipInfo("x")
            entry.filename = entry.orig_filename = name
            archive.writestr(entry, data)
    return sink.getvalue()


def test_folders_parted_by_backslashes_are_folders(folder: Path, tmp_path: Path) -> None:
    files = {
        "课程\\" + path.relative_to(folder).as_posix().replace("/", "\\"): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    (tmp_path / "up.zip").write_bytes(with_backslashes({"课程\\": b"", **files}))
    assert read_zip(tmp_path / "up.zip", tmp_path / "into").course == read_folder(folder).course


@pytest.mark.parametrize(
    "name", ["..\\out.txt", "a\\..\\..\\out.txt", "\\out.txt", "\\\\pc\\out.txt", "C:\\out.txt"]
)
def test_backslashes_lead_nowhere_else(tmp_path: Path, name: str) -> None:
    raw = with_backslashes({"course.toml": b"", name: b"x"})
    assert codes(tmp_path, raw) == ["path-unsafe"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["up.zip"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_only_plain_files_are_unpacked(folder: Path, tmp_path: Path, kind: int) -> None:
    raw = with_entry(folder, "link", b"/etc/passwd", kind | 0o777)
    assert codes(tmp_path, raw) == ["file-not-regular"]


def test_two_files_of_one_name_are_refused_whatever_their_case(
    folder: Path, tmp_path: Path
) -> None:
    assert codes(tmp_path, with_entry(folder, "Course.TOML")) == ["zip-name-twice"]


def test_a_file_that_is_also_a_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    assert codes(tmp_path, with_entry(folder, "video.mp4/x")) == ["zip-damaged"]


def test_a_file_that_swells_is_refused_before_it_is_written(folder: Path, tmp_path: Path) -> None:
    raw = with_entry(folder, "zeros.bin", bytes(20_000_000))
    assert codes(tmp_path, raw) == ["zip-bomb"]


def test_a_zip_that_announces_too_much_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zips, "MAX_COURSE_BYTES", 500)
    assert codes(tmp_path, zip_of(folder)) == ["zip-too-large"]


def test_a_zip_that_announces_less_than_it_holds_is_refused(folder: Path, tmp_path: Path) -> None:
    raw = with_entry(folder, "zeros.bin", bytes(900_000))
    lying = raw.replace(struct.pack("<I", 900_000), struct.pack("<I", 900))
    assert codes(tmp_path, lying) == ["zip-damaged"]


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for number in range(MAX_ZIP_ENTRIES + 1):
            archive.writestr(f"{number}.txt", b"")
    assert codes(tmp_path, sink.getvalue()) == ["zip-too-many"]


def test_a_list_that_is_too_long_is_refused_before_it_is_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = bytearray(zip_of(folder))
    struct.pack_into("<H", raw, len(raw) - 12, 60_000)  # in the record at the end
    assert codes(tmp_path, bytes(raw)) == ["zip-too-many"]
    monkeypatch.setattr(zips, "MAX_ZIP_LIST_BYTES", 50)
    assert codes(tmp_path, zip_of(folder)) == ["zip-too-many"]


def test_a_long_list_of_a_large_zip_is_refused_before_it_is_read(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("course.toml", b"x" * 100)
    raw = sink.getvalue()
    end = raw.index(b"PK\5\6")
    many = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 10**6, 10**6, 60_000_000, 0)
    where = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    assert codes(tmp_path, raw[:end] + many + where + raw[end:]) == ["zip-too-many"]


def test_files_that_lie_over_each_other_are_refused(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("course.toml", bytes(range(256)) * 40)
        for number in range(20):
            again = copy.copy(archive.filelist[0])
            again.filename = f"{number}.bin"
            archive.filelist.append(again)
    assert codes(tmp_path, sink.getvalue()) == ["zip-bomb"]


def test_an_encrypted_file_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    raw = bytearray(zip_of(folder))
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    assert codes(tmp_path, bytes(raw)) == ["zip-encrypted"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_swells_without_a_bound_is_refused(tmp_path: Path, method: int) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        archive.writestr("course.toml", b"x" * 5000)
    assert codes(tmp_path, sink.getvalue()) == ["zip-method"]


def test_what_is_no_zip_says_so(folder: Path, tmp_path: Path) -> None:
    assert codes(tmp_path, b"Rar!\x1a\x07\x00" + bytes(100)) == ["zip-not-zip"]
    assert codes(tmp_path, zip_of(folder)[:-30]) == ["zip-not-zip"]


def test_a_zip_without_a_course_says_where_it_should_be(folder: Path, tmp_path: Path) -> None:
    (folder / "course.toml").unlink()
    assert codes(tmp_path, zip_of(folder)) == ["zip-no-course"]


def test_faults_of_the_folder_inside_are_told_as_ever(folder: Path, tmp_path: Path) -> None:
    (folder / "handout.pdf").unlink()
    (tmp_path / "up.zip").write_bytes(zip_of(folder))
    with pytest.raises(ContentFaults, match=r"找不到文件“handout\.pdf”"):
        read_zip(tmp_path / "up.zip", tmp_path / "into")


DAMAGE: list[Callable[[bytes, int, int], bytes]] = [
    lambda raw, at, value: raw[:at],
    lambda raw, at, value: raw[:at] + bytes([value]) + raw[at + 1 :],
    lambda raw, at, value: raw[at:],
]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(st.sampled_from(DAMAGE), st.floats(0, 1), st.integers(0, 255))
def test_a_damaged_zip_gives_the_course_or_faults(
    folder: Path, tmp_path: Path, damage: Callable[[bytes, int, int], bytes], at: float, value: int
) -> None:
    raw = zip_of(folder)
    (tmp_path / "up.zip").write_bytes(damage(raw, int(at * (len(raw) - 1)), value))
    into = tmp_path / "into"
    try:
        read_zip(tmp_path / "up.zip", into)
    except ContentFaults:
        pass
    finally:
        for path in sorted(into.rglob("*"), reverse=True) if into.exists() else []:
            path.rmdir() if path.is_dir() else path.unlink()
        if into.exists():
            into.rmdir()
