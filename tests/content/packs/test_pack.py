"""content.packs.pack: what is signed comes back, and nothing else does."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.model.course import LETTERS, Course, ExamSettings, FileRef, Item, Question
from content.model.errors import ContentError, FolderChanged, MalformedManifest
from content.model.limits import MAX_MANIFEST_BYTES
from content.packs.manifest import to_values
from content.packs.pack import MAGIC, PAYLOAD_AT, open_manifest, seal_manifest
from content.source.build_pack import build
from content.source.folder import read_folder
from content.transfer.blobs import BlobStore
from sync.errors import BadSignature, PeerError
from sync.signing import Purpose, SigningKey, sign
from tests.content.conftest import KEY

SHA = "ab" * 32
SMALL = Course(
    id="food",
    version=1,
    title="食品",
    items=(
        Item("v", "video", "看课", seconds=60, file=FileRef("video.mp4", 10, SHA)),
        Item("p", "practice", "练", questions=(Question("q1", "fill", "填____", (), "甲|乙"),)),
        Item(
            "e",
            "exam",
            "考",
            questions=(Question("q2", "single", "问", ("甲", "乙"), "B", "因为乙", "v", 7),),
            exam=ExamSettings(1, 15, 60, 2),
        ),
    ),
)


def signed(payload: bytes, purpose: Purpose = Purpose.PACK) -> bytes:
    return MAGIC + sign(purpose, payload, KEY) + payload


def changed(change: Callable[[Any], object]) -> bytes:
    values = json.loads(json.dumps(to_values(SMALL, {})))
    change(values)
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return signed(text.encode())


def test_a_manifest_comes_back_without_the_answers_of_the_exam() -> None:
    course = open_manifest(seal_manifest(SMALL, KEY), KEY.public)
    assert course.items[:2] == SMALL.items[:2]
    assert course.item("e").questions == (Question("q2", "single", "问", ("甲", "乙")),)
    assert course.exam_rule("e") == SMALL.exam_rule("e")


def test_no_byte_of_a_pack_tells_an_exam_answer(folder: Path, blobs: BlobStore) -> None:
    pack = build(read_folder(folder), blobs, KEY)
    right = {name: pack.course.question(name.partition("/")[2])[1] for name in pack.exam_key}
    assert {
        name: {right[name].options[LETTERS.index(letter)] for letter in key}
        for name, key in pack.exam_key.items()
        if right[name].options
    } == {"food/e1": {"甲"}, "food/e2": {"甲", "丙"}}
    assert pack.exam_key["food/e3"] == "两人|2人"
    for name in blobs.names():
        raw = blobs.path(name).read_bytes()
        assert b"\xe5\x9b\xa0\xe4\xb8\xba\xe7\x94\xb2" not in raw  # 因为甲, the explanation
        assert "两人|2人".encode() not in raw


def test_a_pack_has_every_file_of_the_course(folder: Path, blobs: BlobStore) -> None:
    pack = build(read_folder(folder), blobs, KEY)
    assert blobs.missing(pack.course.files()) == ()
    manifest = blobs.path(pack.manifest_sha).read_bytes()
    assert pack.size == len(manifest) + sum(ref.size for ref in pack.course.files())
    assert open_manifest(manifest, KEY.public) == pack.course


def test_the_same_folder_gives_the_same_manifest(folder: Path, tmp_path: Path) -> None:
    read = read_folder(folder)
    packs = [build(read, BlobStore(tmp_path / str(n)), KEY).manifest_sha for n in range(2)]
    assert packs[0] == packs[1]


def test_a_file_changed_after_checking_is_not_published(folder: Path, blobs: BlobStore) -> None:
    read = read_folder(folder)
    with (folder / "handout.pdf").open("ab") as file:
        file.write(b"\n")
    with pytest.raises(FolderChanged, match=r"handout\.pdf changed"):
        build(read, blobs, KEY)


def test_any_flipped_bit_is_refused() -> None:
    raw = seal_manifest(SMALL, KEY)
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises((BadSignature, MalformedManifest)):
            open_manifest(bytes(flipped), KEY.public)


def test_a_manifest_cut_anywhere_is_refused() -> None:
    raw = seal_manifest(SMALL, KEY)
    for length in range(len(raw)):
        with pytest.raises((BadSignature, MalformedManifest)):
            open_manifest(raw[:length], KEY.public)


def test_another_publisher_is_refused() -> None:
    raw = seal_manifest(SMALL, SigningKey.generate())
    with pytest.raises(BadSignature, match="not signed for pack"):
        open_manifest(raw, KEY.public)


def test_a_signature_for_another_purpose_is_refused() -> None:
    payload = seal_manifest(SMALL, KEY)[PAYLOAD_AT:]
    with pytest.raises(BadSignature, match="not signed for pack"):
        open_manifest(signed(payload, Purpose.ANSWER), KEY.public)


@given(st.binary(max_size=300))
def test_garbage_gives_only_errors_of_the_trees(garbage: bytes) -> None:
    for raw in (garbage, MAGIC + garbage, signed(garbage)):
        with suppress(ContentError, PeerError):
            open_manifest(raw, KEY.public)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
PLACES = [
    lambda v: (v["course"], "id"),
    lambda v: (v["course"], "items"),
    lambda v: (v["course"]["items"], 0),
    lambda v: (v["course"]["items"][0], "seconds"),
    lambda v: (v["course"]["items"][0], "file"),
    lambda v: (v["course"]["items"][1], "questions"),
    lambda v: (v["course"]["items"][2], "exam"),
    lambda v: (v["course"]["items"][2]["questions"], 0),
    lambda v: (v, "files"),
    lambda v: (v["files"], 0),
    lambda v: (v["files"][0], 1),
]


@settings(deadline=None)
@given(st.sampled_from(PLACES), JSON)
def test_any_value_at_any_place_gives_a_course_or_malformed_manifest(
    place: Callable[[Any], tuple[Any, Any]], value: object
) -> None:
    def change(values: Any) -> None:
        holder, key = place(values)
        holder[key] = value

    try:
        raw = changed(change)
    except UnicodeEncodeError:
        return
    with suppress(MalformedManifest):
        open_manifest(raw, KEY.public)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(format="xuezhan-pack-2"), "expected 'xuezhan-pack-1'"),
        (lambda v: v.update(more=1), "expected the fields"),
        (lambda v: v["files"].append(v["files"][0]), "two files 'video.mp4'"),
        (lambda v: v["files"].append(["x.pdf", 1, SHA, ""]), "a file belongs to no item"),
        (lambda v: v["files"][0].__setitem__(0, "../video.mp4"), "unsafe path"),
        (lambda v: v["files"][0].__setitem__(1, 10**10), "expected a number"),
        (lambda v: v["files"][0].__setitem__(2, SHA.upper()), "not a SHA-256"),
        (lambda v: v["files"][0].__setitem__(3, "recipe"), "not the name of a recipe"),
        (lambda v: v["files"][0].pop(), "not a file"),
        (lambda v: v["course"].update(title="长" * 81), "expected text"),
        (lambda v: v["course"].update(hours="-1"), "not hours"),
        (lambda v: v["course"].update(required=1), "expected true or false"),
        (lambda v: v["course"].update(items=[]), "expected 1 to 60"),
        (lambda v: v["course"]["items"][0].update(id="../x"), "not an id"),
        (lambda v: v["course"]["items"][0].update(id="p"), "two items or volumes have one id"),
        (lambda v: v["course"]["items"][0].update(file=""), "a file too many or too few"),
        (lambda v: v["course"]["items"][0].update(kind="game"), "unknown kind of item"),
        (lambda v: v["course"]["items"][0].update(poster="no.png"), "no file 'no.png'"),
        (lambda v: v["course"]["items"][0].update(lighter="no.mp4"), "no file 'no.mp4'"),
        (lambda v: v["course"]["items"][0].update(lighter=""), "no file ''"),
        (lambda v: v["course"]["items"][1].update(lighter="video.mp4"), "the fields"),
        (lambda v: v["course"]["items"][2]["exam"].update(draw=2), "draws more"),
        (lambda v: v["course"]["items"][2]["questions"][0].update(answer="B"), "the fields"),
        (lambda v: v["course"]["items"][2]["questions"][0].update(id="q1"), "one id"),
        (lambda v: v["course"]["items"][2]["questions"][0].update(type="x"), "unknown type"),
        (
            lambda v: v["course"]["items"][2]["questions"][0].update(options=["甲"]),
            "question-options",
        ),
        (lambda v: v["course"]["items"][1]["questions"][0].update(answer=""), "expected text"),
        (lambda v: v["course"]["items"][1]["questions"][0].update(see_item="z"), "not there"),
        (
            lambda v: v["course"]["items"][1]["questions"][0].update(
                type="single", options=["甲", "乙"], answer="C"
            ),
            "answer-names-no-option",
        ),
    ],
)
def test_a_signed_manifest_that_breaks_a_rule_is_refused(
    change: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(MalformedManifest, match=message):
        open_manifest(changed(change), KEY.public)


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 200_000,
        b'{"a":' * 15 + b"1" + b"}" * 15,
        b'{"a":1.5}',
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b"\xff",
    ],
)
def test_only_one_way_of_writing_is_accepted(payload: bytes) -> None:
    with pytest.raises(MalformedManifest, match="canonical|nested"):
        open_manifest(signed(payload), KEY.public)


def test_a_film_in_two_sizes_comes_back_with_both() -> None:
    both = FileRef("film.mp4", 900, SHA), FileRef("small.mp4", 200, "cd" * 32)
    film = Item("film", "video", "看课", seconds=60, file=both[0], lighter=both[1])
    course = Course("x", 1, "课", items=(film,))
    assert open_manifest(seal_manifest(course, KEY), KEY.public) == course
    assert course.files() == both


def test_files_that_are_too_large_together_are_refused() -> None:
    def change(values: Any) -> None:
        values["files"] += [[f"{n}.mp4", 400_000_000, SHA, ""] for n in range(3)]

    with pytest.raises(MalformedManifest, match="too large together"):
        open_manifest(changed(change), KEY.public)


def test_a_manifest_above_its_limit_is_neither_built_nor_opened() -> None:
    text = "问" * 1000
    questions = tuple(Question(f"q{n}", "fill", text, (), "甲", text) for n in range(800))
    large = Course("x", 1, "大", items=(Item("p", "practice", "练", questions=questions),))
    with pytest.raises(MalformedManifest, match="the limit is"):
        seal_manifest(large, KEY)
    with pytest.raises(MalformedManifest, match="not a manifest"):
        open_manifest(MAGIC + bytes(MAX_MANIFEST_BYTES), KEY.public)


def test_a_node_needs_no_library_of_authors_to_open_a_pack() -> None:
    code = (
        "import sys, content.packs.pack, content.transfer.blobs;"
        "extra = ('nh3', 'markdown_it', 'content.source.folder');"
        "print([name for name in extra if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
