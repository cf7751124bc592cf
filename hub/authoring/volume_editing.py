"""Volumes: a library while it is written, its documents, their order, the files made from them.

A text stays in the blob of lines in which it was imported (``content.model.volume``), so moving and
renaming documents copies no text. The import is in ``hub.authoring.volume_documents``.
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
    """A volume with documents added, and how many were new, there already, replaced or left out."""

    volume: VolumePlan
    added: int = 0
    same: int = 0
    replaced: int = 0
    left: int = 0


def read(blobs: BlobStore, sha: str) -> tuple[DocumentPlan, ...]:
    """The documents in a blob of lines, in its order. Raises ``MalformedManifest``."""
    return tuple(_plan_of(line, sha) for line in read_volume(blobs.path(sha)))


def of_course(blobs: BlobStore, course: Course) -> tuple[VolumePlan, ...]:
    """The volumes of a published course."""
    return tuple(
        VolumePlan(
            volume.id,
            volume.title,
            read(blobs, volume.file.sha256),
            volume.file.sha256,
            volume.file.size,
        )
        for volume in course.volumes
    )


def document(blobs: BlobStore, doc: DocumentPlan) -> Document:
    """A document with its text."""
    stored = read_document(blobs.path(doc.blob), doc.offset, doc.length)
    return replace(
        stored, id=doc.id, title=doc.title, number=doc.number, issued=doc.issued, source=doc.source
    )


def settled(blobs: BlobStore, volume: VolumePlan) -> VolumePlan:
    """The volume with hash and size of the file that is made from it."""
    raw = _written(blobs, volume)
    return replace(volume, sha256=hashlib.sha256(raw).hexdigest(), size=len(raw))


def keep(blobs: BlobStore, plan: Plan) -> None:
    """Put the files of the volumes into the blobs, if they are not there yet."""
    for volume in plan.volumes:
        if not blobs.has(volume.sha256):
            blobs.add_bytes(_written(blobs, volume))


def built(plan: Plan) -> tuple[Volume, ...]:
    """The volumes as a course has them; those without a document are left out."""
    return tuple(
        Volume(
            volume.id,
            volume.title,
            FileRef(f"{volume.id}.volume", volume.size, volume.sha256),
            len(volume.documents),
            volume.characters,
        )
        for volume in plan.volumes
        if volume.documents
    )


def faults(plan: Plan) -> dict[str, str]:
    """What prevents publishing the volumes, by field."""
    errors = {}
    for volume in plan.volumes:
        if not volume.documents:
            errors[f"volume-{volume.id}"] = _("这一卷里还没有资料；请加一份，或去掉这一卷。")
        elif volume.size > limits.MAX_VOLUME_BYTES or len(volume.documents) > limits.MAX_DOCUMENTS:
            errors[f"volume-{volume.id}"] = _("这一卷太大，请分成两卷。")
        elif not volume.characters:
            errors[f"volume-{volume.id}"] = _("这一卷的资料都没有正文。")
    return errors


def with_volume(plan: Plan, title: str) -> Plan:
    """The plan with one more empty volume at its end."""
    taken = {volume.id for volume in plan.volumes} | {item.id for item in plan.items}
    new = VolumePlan(next(f"v{n}" for n in count(1) if f"v{n}" not in taken), title)
    return replace(plan, volumes=(*plan.volumes, new))


def without_volume(plan: Plan, volume_id: str) -> Plan:
    """The plan without a volume and its documents; the last volume of a library stays."""
    volumes = tuple(volume for volume in plan.volumes if volume.id != volume_id)
    return replace(plan, volumes=volumes) if volumes or plan.items else plan


def volume_moved(plan: Plan, volume_id: str, step: int) -> Plan:
    """The plan with a volume one place up (-1) or down (1)."""
    return replace(plan, volumes=_moved(plan.volumes, volume_id, step))


def changed(plan: Plan, volume_id: str, change: Callable[[VolumePlan], VolumePlan]) -> Plan:
    """The plan with a volume changed by ``change``."""
    volumes = (change(volume) if volume.id == volume_id else volume for volume in plan.volumes)
    return replace(plan, volumes=tuple(volumes))


def joined(volume: VolumePlan, arriving: Iterable[DocumentPlan]) -> Joined:
    """The volume with documents added at its end; one with the same file name replaces the old one.

    The same text under the same title counts as there already, whatever its file's name.
    """
    documents = list(volume.documents)
    places = {doc.id: place for place, doc in enumerate(documents)}
    texts = {(doc.title, doc.text) for doc in documents}
    result = Joined(volume)
    for doc in arriving:
        if (doc.title, doc.text) in texts:
            result = replace(result, same=result.same + 1)
        elif doc.id in places:
            documents[places[doc.id]] = doc
            result = replace(result, replaced=result.replaced + 1)
        elif len(documents) >= limits.MAX_DOCUMENTS:
            result = replace(result, left=result.left + 1)
            continue
        else:
            places[doc.id] = len(documents)
            documents.append(doc)
            result = replace(result, added=result.added + 1)
        texts.add((doc.title, doc.text))
    return replace(result, volume=replace(volume, documents=tuple(documents)))


def find(volume: VolumePlan, key: str) -> DocumentPlan | None:
    """The document of this id."""
    return next((doc for doc in volume.documents if doc.id == key), None)


def without(volume: VolumePlan, key: str) -> VolumePlan:
    """The volume without a document."""
    return replace(volume, documents=tuple(doc for doc in volume.documents if doc.id != key))


def moved(volume: VolumePlan, key: str, step: int) -> VolumePlan:
    """The volume with a document one place up (-1) or down (1)."""
    return replace(volume, documents=_moved(volume.documents, key, step))


def placed(volume: VolumePlan, key: str, before: str) -> VolumePlan:
    """The volume with a document before the document ``before``, or at the end."""
    doc = find(volume, key)
    if doc is None or key == before:
        return volume
    others = [other for other in volume.documents if other.id != key]
    at = next((n for n, other in enumerate(others) if other.id == before), len(others))
    return replace(volume, documents=(*others[:at], doc, *others[at:]))


def by_title(volume: VolumePlan) -> VolumePlan:
    """The volume sorted by title; numbers in titles are compared as numbers."""
    return replace(volume, documents=tuple(sorted(volume.documents, key=_natural)))


def told(volume: VolumePlan, new: DocumentPlan) -> VolumePlan:
    """The volume with one document's description changed."""
    return replace(
        volume, documents=tuple(new if doc.id == new.id else doc for doc in volume.documents)
    )


def _natural(doc: DocumentPlan) -> list[tuple[int, str]]:
    parts = re.split(r"([0-9]{1,18})", doc.title)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _moved(those: tuple[T, ...], key: str, step: int) -> tuple[T, ...]:
    plans = list(those)
    place = next((n for n, plan in enumerate(plans) if plan.id == key), -1)
    if place >= 0 and 0 <= place + step < len(plans):
        plans.insert(place + step, plans.pop(place))
    return tuple(plans)


def _written(blobs: BlobStore, volume: VolumePlan) -> bytes:
    return write_volume(volume.title, [document(blobs, doc) for doc in volume.documents])


def _plan_of(line: DocumentLine, blob: str) -> DocumentPlan:
    doc = line.document
    return DocumentPlan(
        doc.id, doc.title, hashlib.sha256(doc.text.encode()).hexdigest(), len(doc.text),
        blob, line.offset, line.length, doc.number, doc.issued, doc.source,
    )  # fmt: skip
