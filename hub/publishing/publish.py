"""Publish: a checked course folder becomes a signed pack, a row, and an order to stations.

All rows of a publication are one transaction, together with the progress that is counted again by
the new version. Files are in the blobs before that; a blob that no row names does no harm.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from content.face.spoken import ZONE
from content.model.course import Course
from content.packs.pack import Pack
from content.source.build_pack import build
from content.source.folder import CourseFolder
from hub.context.course_rules import RuleBook
from hub.context.open_hub import Hub
from hub.errors import CourseOfAnother, UnknownUnit
from hub.facts import derive, merge
from hub.publishing import earlier_contents, licences
from hub.publishing.errors import LicenceEnded, OlderVersion, TooManyStations, VersionTaken
from hub.store import audit, course_ends, courses, ledger, results, units
from hub.store import orders as stored_orders
from hub.store.courses import Published
from hub.store.engine import reading, writing
from hub.store.units import Unit
from hub.trust import repository
from sync.signing import SigningKey

# Learners whose facts are in memory at a time while their progress is counted again.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a course is to be. ``copied_from``: the course and version it is a copy of, or ""."""

    unit_id: int
    copied_from: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published, for whom, and whether this version was there before."""

    course: Published
    unit: str
    again: bool


def publish(
    hub: Hub, folder: CourseFolder, unit_code: str, by: str, key: SigningKey | None = None
) -> Publication:
    """Publish the course in ``folder`` to all stations at or below a unit.

    The same folder again only adds the unit; a course that was withdrawn is in force again. Its
    files are in place before any row names them.
    ``key`` signs the release of a province that keeps its key itself.

    Raises:
        UnknownUnit: there is no such unit.
        VersionTaken: this version was published with other contents.
        OlderVersion: a newer version is published already.
        LicenceEnded, TooManyStations: the licence of a bought course does not allow it.
        KeyAway: the key that must sign the release is not here.
    """
    while True:
        with reading(hub.engine) as connection:
            if units.by_code(connection, unit_code) is None:
                raise UnknownUnit(unit_code)
            _check_version(connection, folder.course.id, folder.course.version)
            numbered = earlier_contents.numbered_folder(hub, connection, folder)
        pack = build(numbered, hub.blobs, hub.key)
        with writing(hub.engine) as connection:
            ledger.hold(connection)
            # Another version may have come meanwhile; then its contents have other numbers.
            now = earlier_contents.numbered_folder(hub, connection, folder)
            if now.course == numbered.course:
                return publish_within(hub, connection, pack, unit_code, by, key)


def publish_pack(
    hub: Hub, pack: Pack, unit_code: str, by: str, key: SigningKey | None = None
) -> Publication:
    """Publish a pack whose blobs are in place; otherwise as ``publish``."""
    with writing(hub.engine) as connection:
        return publish_within(hub, connection, pack, unit_code, by, key)


def publish_within(
    hub: Hub, connection: Connection, pack: Pack, unit_code: str, by: str,
    key: SigningKey | None = None, owner: Owner | None = None,
) -> Publication:  # fmt: skip
    """As ``publish_pack``, in the caller's transaction, as its last step.

    A course belongs to ``owner``, or to the top unit, from its first version on. A version that
    another owner brings is refused (``CourseOfAnother``); without one named it stays whose it is.

    The progress of everybody who began another version is counted again within it. Other writers
    wait meanwhile; one that waits too long gets ``StoreUnavailable`` and tries again later.
    """
    # Locks in the same order as an exchange takes them: the log first, the orders last. From here
    # on nobody's progress is counted by the version that was newest until now.
    ledger.hold(connection)
    unit = units.by_code(connection, unit_code)
    if unit is None:
        raise UnknownUnit(unit_code)
    course = pack.course
    new = Published(
        id=course.id,
        version=course.version,
        title=course.title,
        category=course.category,
        required=course.required,
        hours=course.hours,
        credits=course.credits,
        manifest_sha=pack.manifest_sha,
        size=pack.size,
        exam_key=pack.exam_key,
        published_at=hub.now(),
        published_by=by,
    )
    _check_owner(connection, course.id, owner)
    _check_version(connection, course.id, course.version)
    _check_licence(hub, connection, course, unit)
    known = courses.version(connection, course.id, course.version)
    # The manifest shows neither explanations nor answers of exams; only answers must not change.
    if known and (known.manifest_sha, known.exam_key) != (new.manifest_sha, new.exam_key):
        raise VersionTaken(course.id, course.version)
    if known is None:
        courses.add(connection, new)
    begun = results.learners_counted_otherwise(connection, course.id, course.version)
    count_again(hub, connection, course.id, begun)
    audit.note(
        connection, hub.now(), by, "course publish", course=course.id, version=course.version
    )
    course_ends.forget(connection, course.id)
    signed = (course.id, course.version, pack.manifest_sha)
    repository.release(connection, hub.config.trust, hub.now(), *signed, key)
    allowed = course.licence.stations
    stored_orders.put(connection, licences.place(connection, known or new, allowed, unit))
    return Publication(known or new, unit_code, known is not None)


def _check_licence(hub: Hub, connection: Connection, course: Course, unit: Unit) -> None:
    """A bought course is published while its licence is valid, to at most the licensed stations."""
    if course.licence.over(today(hub.now())):
        raise LicenceEnded(course.id, course.licence.expires)
    allowed = course.licence.stations
    stations = licences.reached(connection, course.id, unit) if allowed else 0
    if stations > allowed:
        raise TooManyStations(course.id, stations, allowed)


def today(now: int) -> str:
    """Today at the offices, as an ISO date; licences expire by it."""
    return datetime.fromtimestamp(now, ZONE).date().isoformat()


def _check_owner(connection: Connection, course_id: str, owner: Owner | None) -> None:
    """Give a new course its owner; a course that has one keeps it."""
    known = courses.owner(connection, course_id)
    if known is None:
        top = units.root(connection)
        owner = owner or Owner(top.id if top else 0)
        courses.put_owner(connection, course_id, owner.unit_id, owner.copied_from)
    elif owner is not None and owner.unit_id != known.unit.id:
        raise CourseOfAnother(course_id, known.unit.name)


def _check_version(connection: Connection, course_id: str, version: int) -> None:
    head = courses.newest_head(connection, course_id)
    if head is not None and version < head[0]:
        raise OlderVersion(course_id, version, head[0])


def count_again(hub: Hub, connection: Connection, course_id: str, begun: list[str]) -> None:
    """Count the progress of these learners by the versions that are there now."""
    # A rule book of its own: a failed transaction must leave nothing in that of the whole hub.
    # There a manifest identifies a version, and a manifest lacks the right answers of exams.
    own = replace(hub, rules=RuleBook(hub.blobs, hub.ring.publics))
    for at in range(0, len(begun), CHUNK):
        facts = merge.of_learners(connection, begun[at : at + CHUNK])
        derive.judge(own, connection, facts, (), [(learner, course_id) for learner in facts])
