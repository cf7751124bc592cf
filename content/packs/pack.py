"""Pack: one signed version of a course (SPEC.md §4).

Frame, signature and canonical bytes of the manifest. Its fields are in
``content.packs.manifest``; ``content.source.build_pack`` builds one from a folder; the files it
names are in ``content.transfer.blobs``; ``node.courses.fetch`` fetches them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from content.model.course import Course
from content.model.errors import MalformedManifest
from content.model.limits import MAX_DEPTH, MAX_MANIFEST_BYTES
from content.packs.manifest import from_values, to_values
from content.packs.without_answers import closed
from content.transfer.blobs import BlobStore
from sync.errors import BadSignature
from sync.signing import SIGNATURE_BYTES, Purpose, SigningKey, VerifyKey, sign, verify

# §4.1  Layout:  magic "XZP1" (4 bytes) | signature (64 bytes) | canonical JSON (the rest)
MAGIC = b"XZP1"
PAYLOAD_AT = len(MAGIC) + SIGNATURE_BYTES
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Pack:
    """What was built: the course as nodes see it, its manifest's name, and the separate key.

    ``exam_key`` says the right answer of each exam question, ``{"course/question": "AC"}``.
    It never goes into a pack.
    """

    course: Course
    manifest_sha: str
    size: int
    exam_key: Mapping[str, str]


def seal(course: Course, blobs: BlobStore, key: SigningKey) -> Pack:
    """Sign the manifest of a course whose files are in ``blobs``; large ones get their recipes."""
    from content.transfer.delta.chunking import add_recipe  # a node does not have its library

    course = closed(course)
    recipes = {ref.path: add_recipe(blobs, ref.sha256, ref.size) for ref in course.files()}
    raw = seal_manifest(course, key, recipes)
    return Pack(
        course=open_manifest(raw, key.public),
        manifest_sha=blobs.add_bytes(raw),
        size=len(raw) + sum(ref.size for ref in course.files()),
        exam_key={
            f"{course.id}/{question.id}": question.answer
            for item in course.items
            if item.kind == "exam"
            for question in item.questions
        },
    )


def seal_manifest(course: Course, key: SigningKey, recipes: Mapping[str, str] = {}) -> bytes:
    """Return the signed manifest of a course, without anything that gives away exam answers.

    ``recipes``: names of the files' recipes by path, where they have one.
    """
    payload = _canonical(to_values(closed(course), recipes))
    if PAYLOAD_AT + len(payload) > MAX_MANIFEST_BYTES:
        raise MalformedManifest(f"{len(payload)} bytes, the limit is {MAX_MANIFEST_BYTES}")
    return MAGIC + sign(Purpose.PACK, payload, key) + payload


def open_manifest(raw: bytes, *publishers: VerifyKey) -> Course:
    """Check a manifest as §4.4 says, step by step, and return the course inside.

    Raises:
        MalformedManifest: its frame or its contents break a rule.
        BadSignature: none of ``publishers`` (all keys the hub ever had) signed it.
    """
    # §4.4.1  Size and frame first: nothing is read further before it is known to fit.
    if not PAYLOAD_AT < len(raw) <= MAX_MANIFEST_BYTES or not raw.startswith(MAGIC):
        raise MalformedManifest(f"not a manifest: {len(raw)} bytes starting {raw[:4]!r}")
    signature, payload = raw[len(MAGIC) : PAYLOAD_AT], raw[PAYLOAD_AT:]
    # §4.4.2  The signature is checked over the bytes as received, before they are parsed.
    _verify_any(payload, signature, publishers)
    # §4.4.3  Depth before parsing, then values, and only one way of writing them.
    if _depth(payload) > MAX_DEPTH:
        raise MalformedManifest(f"nested deeper than {MAX_DEPTH}")
    values = _parsed(payload)
    # §4.4.4  Field by field.
    return from_values(values)


def _verify_any(payload: bytes, signature: bytes, publishers: Sequence[VerifyKey]) -> None:
    for publisher in publishers[:-1]:
        with suppress(BadSignature):
            return verify(Purpose.PACK, payload, signature, publisher)
    return verify(Purpose.PACK, payload, signature, publishers[-1])


def _canonical(values: object) -> bytes:
    """RFC 8785 for our values: text, whole numbers, booleans; names of fields are ASCII."""
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _parsed(payload: bytes) -> object:
    try:
        values: object = json.loads(
            payload.decode("utf-8"), parse_float=_refuse, parse_constant=_refuse
        )
        same = _canonical(values) == payload
    except (ValueError, RecursionError) as error:
        raise MalformedManifest(f"not canonical JSON: {type(error).__name__}") from error
    if not same:
        raise MalformedManifest("not canonical JSON")
    return values


def _refuse(number: str) -> float:
    raise ValueError(f"number {number[:20]} is not whole")


def _depth(payload: bytes) -> int:
    depth = deepest = 0
    for char in re.findall(rb"[\[\]{}]", _STRING.sub(b"", payload)):
        depth += 1 if char in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest
