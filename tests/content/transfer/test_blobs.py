"""content.transfer.blobs: a blob is there whole and verified, or not at all."""

import hashlib
import os
from pathlib import Path

import pytest

from content.model.course import FileRef
from content.model.errors import NotABlobName, WrongHash
from content.transfer.blobs import BlobStore

DATA = b"lecture" * 1000
SHA = hashlib.sha256(DATA).hexdigest()


def test_a_file_is_kept_under_its_hash(blobs: BlobStore, tmp_path: Path) -> None:
    (tmp_path / "video.mp4").write_bytes(DATA)
    assert blobs.add_file(tmp_path / "video.mp4") == FileRef("video.mp4", len(DATA), SHA)
    assert blobs.path(SHA).read_bytes() == DATA
    assert blobs.read(SHA, 7) == b"lecture"


def test_a_file_that_was_handed_over_is_not_written_a_second_time(tmp_path: Path) -> None:
    handed = tmp_path / "uploads" / "one" / "file"
    handed.parent.mkdir(parents=True)
    handed.write_bytes(DATA)
    blobs = BlobStore(tmp_path / "blobs", tmp_path / "uploads")
    for _ in range(2):  # the same import may be done again
        assert blobs.add_file(handed, "film.mp4") == FileRef("film.mp4", len(DATA), SHA)
        assert blobs.path(SHA).samefile(handed)
    handed.unlink()
    assert blobs.path(SHA).read_bytes() == DATA
    assert list((tmp_path / "blobs" / "parts").iterdir()) == []
    # What lies elsewhere may be changed by whoever owns it.
    own = tmp_path / "own.mp4"
    own.write_bytes(b"another" + DATA)
    assert not blobs.path(blobs.add_file(own).sha256).samefile(own)


def test_adding_twice_keeps_one(blobs: BlobStore) -> None:
    assert blobs.add_bytes(DATA) == blobs.add_bytes(DATA) == SHA
    assert blobs.names() == {SHA}
    assert list((blobs.path(SHA).parent.parent / "parts").iterdir()) == []


def test_a_whole_part_becomes_the_blob(blobs: BlobStore) -> None:
    blobs.part(SHA).write_bytes(DATA)
    assert (blobs.size(SHA), blobs.has(SHA)) == (None, False)
    assert blobs.finish(SHA).read_bytes() == DATA
    assert (blobs.size(SHA), blobs.part(SHA).exists()) == (len(DATA), False)
    assert blobs.read_at(SHA, 7, 4) == b"lect"


def test_what_a_power_cut_left_is_swept_and_what_is_wanted_or_young_stays(
    blobs: BlobStore,
) -> None:
    parts = blobs.part(SHA).parent
    wanted, other = "ab" * 32, "cd" * 32
    for name in (wanted, other, "new-old", "new-young"):
        (parts / name).write_bytes(b"x")
    os.utime(parts / "new-old", (1, 1))
    blobs.sweep([wanted])
    assert {path.name for path in parts.iterdir()} == {wanted, "new-young"}


def test_a_wrong_part_is_dropped_and_never_becomes_a_blob(blobs: BlobStore) -> None:
    blobs.part(SHA).write_bytes(DATA[:-1] + b"X")
    with pytest.raises(WrongHash, match=f"blob {SHA} hashes to"):
        blobs.finish(SHA)
    assert (blobs.part(SHA).exists(), blobs.has(SHA)) == (False, False)


def test_a_cut_part_is_not_taken_for_the_whole(blobs: BlobStore) -> None:
    blobs.part(SHA).write_bytes(DATA[:-1])
    with pytest.raises(WrongHash, match="hashes to"):
        blobs.finish(SHA)


def test_finishing_what_was_never_begun_says_so(blobs: BlobStore) -> None:
    with pytest.raises(FileNotFoundError, match=SHA):
        blobs.finish(SHA)


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", SHA.upper(), SHA + "\n", SHA[1:]])
def test_only_a_hash_names_a_blob(blobs: BlobStore, name: str) -> None:
    for ask in (blobs.path, blobs.has, blobs.part, blobs.finish):
        with pytest.raises(NotABlobName, match="not the name of a blob"):
            ask(name)


def test_missing_names_each_blob_once(blobs: BlobStore) -> None:
    held, other = blobs.add_bytes(b"here"), "cd" * 32
    refs = [FileRef("a", 4, held), FileRef("b", 9, other), FileRef("c", 9, other)]
    assert [ref.sha256 for ref in blobs.missing(refs)] == [other]


def test_a_dropped_blob_and_its_part_are_gone(blobs: BlobStore) -> None:
    blobs.add_bytes(DATA)
    blobs.part(SHA).write_bytes(b"x")
    blobs.drop(SHA)
    blobs.drop(SHA)
    assert (blobs.has(SHA), blobs.part(SHA).exists()) == (False, False)
