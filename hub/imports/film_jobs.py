"""Film jobs: imports that convert a film (``hub.films``) and keep what was made of it."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from content.model.checks.paths import human_size
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.source import material
from content.source.file_kind import What, recognise
from content.source.material import Taken
from hub import rights
from hub.context.open_hub import Hub
from hub.films import converting, ffmpeg
from hub.films.converting import Versions
from hub.films.ffmpeg import ConvertingFault
from hub.imports import imports
from hub.materials import uploads
from hub.materials.import_report import ImportedThing, ImportReport, ImportTarget, refusal
from hub.materials.materials import keep_and_report
from hub.rights import Actor, Deed
from hub.store import materials
from hub.store.engine import reading, writing

# What converting mends: reasons for which a film was refused, remarks on one that came in.
CONVERTIBLE = frozenset(
    ("video-codec", "video-sound", "video-slow", "video-container")
    + ("note-film-profile", "note-film-level", "note-film-large")
    + ("note-film-picture", "note-film-sound")
)


def can_convert(hub: Hub) -> bool:
    """Whether this hub has the program for it."""
    return ffmpeg.program(hub.config) is not None


def is_convertible(report: ImportReport) -> bool:
    """Whether the film of a report would be better for being converted."""
    return any(fault.code in CONVERTIBLE for fault in (*report.faults, *report.remarks))


def source_of(hub: Hub, number: int, by: Actor) -> Path:
    """Return the file of a film that is a material. Raises ``ContentFaults``."""
    with reading(hub.engine) as connection:
        row = materials.get(connection, rights.scope(by, Deed.WRITE), number)
    if row is None or row.kind != "video" or row.item.file is None:
        raise ContentFaults([Fault("convert-gone")])
    return hub.blobs.path(row.item.file.sha256)


def run(
    hub: Hub, path: Path, name: str, by: Actor, target: ImportTarget, tell: Callable[[int], None]
) -> ImportReport:
    """Convert a film and keep it, as a new material or in the place of ``target.material``.

    What is no film is imported as ever. Whatever is wrong is in the report.
    """
    try:
        what = recognise(path, name)
        if what is not What.FILM:
            return imports.import_file(hub, path, name, by, target)
        taken = _converted(hub, path, name, tell)
        with writing(hub.engine) as connection:
            if target.material:
                report = _put(hub, connection, target.material, taken, name, by)
            else:
                report = keep_and_report(hub, connection, taken, name, by)
            report = replace(report, what=what.value)
            imports.note_import(hub, connection, name, by, report)
    except ContentFaults as error:
        report = refusal(name, error)
        with writing(hub.engine) as connection:
            imports.note_import(hub, connection, name, by, report)
    return report


def _converted(hub: Hub, path: Path, name: str, tell: Callable[[int], None]) -> Taken:
    program = ffmpeg.program(hub.config)
    if program is None:
        raise ContentFaults([Fault("convert-no-ffmpeg")])
    uploads.forget_old(hub)
    with tempfile.TemporaryDirectory(prefix=uploads.CONVERTING, dir=hub.config.uploads) as folder:

        def heard(percent: int) -> None:
            for place in (Path(folder), path.parent):  # neither is left behind (uploads)
                if place.parent == hub.config.uploads:
                    os.utime(place)
            tell(percent)

        try:
            versions = converting.convert(program, path, Path(folder), heard)
        except ConvertingFault as error:
            raise ContentFaults([Fault(error.fault, values={"path": name[:120]})]) from error
        return _taken(hub, versions, path.stat().st_size, name)


def _taken(hub: Hub, versions: Versions, before: int, name: str) -> Taken:
    taken = material.take_film(versions.large, name, hub.blobs)
    item, sizes = taken.item, [f"720p {human_size(taken.size)}"]
    if versions.small:
        item = replace(item, lighter=hub.blobs.add_file(versions.small, "small.mp4"))
        sizes.append(f"480p {human_size(versions.small.stat().st_size)}")
    if versions.poster:
        item = replace(item, poster=hub.blobs.add_file(versions.poster, "poster.jpg"))
    values: dict[str, str | int] = {"path": name[:120], "before": human_size(before)}
    notes = [Fault("note-film-converted", values={**values, "after": " + ".join(sizes)})]
    if versions.claimed:
        lengths = {"claimed": versions.claimed, "seconds": item.seconds}
        notes.append(Fault("note-film-shorter", values={"path": name[:120], **lengths}))
    size = sum(ref.size for ref in item.files())
    return Taken(item, taken.sha256, size, (*notes, *taken.notes))


def _put(
    hub: Hub, connection: Connection, number: int, taken: Taken, name: str, by: Actor
) -> ImportReport:
    """Let a material have the versions; its title, subtitles and cover stay."""
    row = materials.get(connection, rights.scope(by, Deed.WRITE), number)
    if row is None or row.kind != "video":
        raise ContentFaults([Fault("convert-gone")])
    new = taken.item
    item = replace(
        row.item, file=new.file, lighter=new.lighter, seconds=new.seconds,
        poster=row.item.poster or new.poster,
    )  # fmt: skip
    materials.put_item(connection, number, item, sum(ref.size for ref in item.files()))
    thing = ImportedThing("material", str(number), row.title)
    return ImportReport(name, imported=1, made=(thing,), remarks=taken.notes)
