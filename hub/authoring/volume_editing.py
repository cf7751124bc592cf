"""Volumes: a library while it is written — its documents, their order, the files that they make.

A text stays in the blob of lines in which it came in (``content.model.volume``), so that moving and
renaming documents copies none of them. How documents come in is ``hub.authoring.volume_documents``.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeVar

from content.face.words import gettext as _
from content.model import limits
from content.model.course import Course, FileRef, Volume
from content.model.volume import Document, DocumentLine, read_document, read_volume, write_volume
from content.transfer.blobs import BlobStore
from hub.authoring.draft_plan import DocumentPlan, Plan, VolumePlan

T = TypeVar("T", DocumentPlan, VolumePlan)


@dataclass(frozen=True, slots=True)
class Joined:
    """A volume with documents added: how many are new, were there, took another's place."""

    volume: VolumePlan
    added: int = 0
    same: int = 0
    replaced: int = 0
    left: int = 0


def read(blobs: BlobStore, sha: str) -> tuple[DocumentPlan, ...]:
    """The documents of a blob of lines, in its order. Raises ``MalformedManifest``."""
    return tuple(_plan_of(line, sha) for line in read_volume(blobs.path(sha)))


def of_course(blobs: BlobStore, course: Course) -> tuple[VolumePlan, ...]:
    """The volumes of a published course."""
    return tuple(
        VolumePlan(one.id, one.title, read(blobs, one.file.sha256), one.file.sha256, one.file.size)
        for one in course.volumes
    )


def document(blobs: BlobStore, one: DocumentPlan) -> Document:
    """A document with its text."""
    found = read_document(blobs.path(one.blob), one.offset, one.length)
    return replace(
        found, id=one.id, title=one.title, number=one.number, issued=one.issued, source=one.source
    )


def settled(blobs: BlobStore, volume: VolumePlan) -> VolumePlan:
    """The volume, knowing which file it makes."""
    raw = _written(blobs, volume)
    return replace(volume, sha256=hashlib.sha256(raw).hexdigest(), size=len(raw))


def keep(blobs: BlobStore, plan: Plan) -> None:
    """Put the files of the volumes into the blobs, where they are not there yet."""
    for volume in plan.volumes:
        if not blobs.has(volume.sha256):
            blobs.add_bytes(_written(blobs, volume))


def built(plan: Plan) -> tuple[Volume, ...]:
    """The volumes as a course has them; those without a document are left out."""
    return tuple(
        Volume(
            one.id,
            one.title,
            FileRef(f"{one.id}.volume", one.size, one.sha256),
            len(one.documents),
            one.characters,
        )
        for one in plan.volumes
        if one.documents
    )


def faults(plan: Plan) -> dict[str, str]:
    """What stands against publishing the volumes, by field."""
    found = {}
    for one in plan.volumes:
        if not one.documents:
            found[f"volume-{one.id}"] = _("这一卷里还没有资料；请加一份，或去掉这一卷。")
        elif one.size > limits.MAX_VOLUME_BYTES or len(one.documents) > limits.MAX_DOCUMENTS:
            found[f"volume-{one.id}"] = _("这一卷太大，请分成两卷。")
        elif not one.characters:
            found[f"volume-{one.id}"] = _("这一卷的资料都没有正文。")
    return found


def with_volume(plan: Plan, title: str) -> Plan:
    """The plan with one more empty volume at its end."""
    taken = {one.id for one in plan.volumes} | {one.id for one in plan.items}
    new = VolumePlan(next(f"v{n}" for n in count(1) if f"v{n}" not in taken), title)
    return replace(plan, volumes=(*plan.volumes, new))


def without_volume(plan: Plan, volume_id: str) -> Plan:
    """The plan without a volume and its documents; the last volume of a library stays."""
    kept = tuple(one for one in plan.volumes if one.id != volume_id)
    return replace(plan, volumes=kept) if kept or plan.items else plan


def volume_moved(plan: Plan, volume_id: str, step: int) -> Plan:
    """The plan with a volume one place up (-1) or down (1)."""
    return replace(plan, volumes=_moved(plan.volumes, volume_id, step))


def changed(plan: Plan, volume_id: str, change: Callable[[VolumePlan], VolumePlan]) -> Plan:
    """The plan with a volume as ``change`` makes it."""
    volumes = (change(one) if one.id == volume_id else one for one in plan.volumes)
    return replace(plan, volumes=tuple(volumes))


def joined(volume: VolumePlan, found: Iterable[DocumentPlan]) -> Joined:
    """The volume with documents at its end; one of the same file's name takes its place.

    The same text under the same title is there already, whatever its file is called.
    """
    documents = list(volume.documents)
    places = {one.id: place for place, one in enumerate(documents)}
    texts = {(one.title, one.text) for one in documents}
    said = Joined(volume)
    for one in found:
        if (one.title, one.text) in texts:
            said = replace(said, same=said.same + 1)
        elif one.id in places:
            documents[places[one.id]] = one
            said = replace(said, replaced=said.replaced + 1)
        elif len(documents) >= limits.MAX_DOCUMENTS:
            said = replace(said, left=said.left + 1)
            continue
        else:
            places[one.id] = len(documents)
            documents.append(one)
            said = replace(said, added=said.added + 1)
        texts.add((one.title, one.text))
    return replace(said, volume=replace(volume, documents=tuple(documents)))


def find(volume: VolumePlan, key: str) -> DocumentPlan | None:
    """The document of this id."""
    return next((one for one in volume.documents if one.id == key), None)


def without(volume: VolumePlan, key: str) -> VolumePlan:
    """The volume without a document."""
    return replace(volume, documents=tuple(one for one in volume.documents if one.id != key))


def moved(volume: VolumePlan, key: str, step: int) -> VolumePlan:
    """The volume with a document one place up (-1) or down (1)."""
    return replace(volume, documents=_moved(volume.documents, key, step))


def placed(volume: VolumePlan, key: str, before: str) -> VolumePlan:
    """The volume with a document before another one, at the end when there is none."""
    one = find(volume, key)
    if one is None or key == before:
        return volume
    rest = [each for each in volume.documents if each.id != key]
    at = next((n for n, each in enumerate(rest) if each.id == before), len(rest))
    return replace(volume, documents=(*rest[:at], one, *rest[at:]))


def by_title(volume: VolumePlan) -> VolumePlan:
    """The volume in the order of its titles; numbers in them count as numbers."""
    return replace(volume, documents=tuple(sorted(volume.documents, key=_natural)))


def told(volume: VolumePlan, new: DocumentPlan) -> VolumePlan:
    """The volume with what is said of one document changed."""
    return replace(
        volume, documents=tuple(new if one.id == new.id else one for one in volume.documents)
    )


def _natural(one: DocumentPlan) -> list[tuple[int, str]]:
    parts = re.split(r"([0-9]{1,18})", one.title)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _moved(those: tuple[T, ...], key: str, step: int) -> tuple[T, ...]:
    made = list(those)
    place = next((n for n, one in enumerate(made) if one.id == key), -1)
    if place >= 0 and 0 <= place + step < len(made):
        made.insert(place + step, made.pop(place))
    return tuple(made)


def _written(blobs: BlobStore, volume: VolumePlan) -> bytes:
    return write_volume(volume.title, [document(blobs, one) for one in volume.documents])


def _plan_of(line: DocumentLine, blob: str) -> DocumentPlan:
    one = line.document
    return DocumentPlan(
        one.id, one.title, hashlib.sha256(one.text.encode()).hexdigest(), len(one.text),
        blob, line.offset, line.length, one.number, one.issued, one.source,
    )  # fmt: skip
