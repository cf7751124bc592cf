"""Drafting: a course from its first item to its publication, which a second person approves.

    draft → review → approved → published → draft …
                 ↘ returned → draft

Every change goes back to ``draft``. Approved is a digest of exactly what would be published: if a
question or a film changes meanwhile, the draft needs another review. Plans are in
``hub.authoring.draft_plan``, drafts of a next version in ``hub.authoring.next_version``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from content.model.checks.value_checks import is_id
from content.model.course import Course
from content.model.limits import MAX_MANIFEST_BYTES, MAX_TITLE_CHARS
from content.packs.pack import open_manifest, seal
from hub import rights
from hub.authoring import build, draft_plan, volume_editing
from hub.authoring.build import Built
from hub.authoring.draft_plan import ModulePlan, Plan, VolumePlan
from hub.authoring.errors import (
    ChangedSinceReview,
    EditedMeanwhile,
    NoSuchDraft,
    NotNow,
    OwnReview,
    Unfinished,
)
from hub.context.open_hub import Hub
from hub.errors import NameTaken, NoSuchBank, NoSuchMaterial, NotAllowed, NotYourUnit
from hub.publishing import earlier_contents, publish
from hub.publishing.earlier_contents import Earlier
from hub.publishing.publish import Publication
from hub.rights import Actor, Deed
from hub.store import audit, banks, courses, drafts, json_values, ledger, materials, units
from hub.store.drafts import SharedModule, StoredDraft
from hub.store.engine import reading, writing
from hub.store.scope import Scope
from hub.store.units import Unit

# Stages in which the plan may be changed.
OPEN = ("draft", "returned", "published", "approved")
_EVENTS = {  # what happens to a draft, as the audit log calls it
    "approved": "draft approved", "published": "draft published", "returned": "draft returned",
    "submitted": "draft submitted", "withdrawn": "draft withdrawn",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CourseDraft:
    """A draft now: its row, its plan, what it would publish, what is published; ``earlier``: what
    all published versions show as their items."""

    row: StoredDraft
    plan: Plan
    built: Built
    before: Course | None
    earlier: Earlier = ()

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def state(self) -> str:
        return self.row.state

    @property
    def edition(self) -> int:
        return self.row.edition

    @property
    def authors(self) -> tuple[str, ...]:
        return self.row.authors

    @property
    def version(self) -> int:
        """The version number that it would get."""
        return self.before.version + 1 if self.before else 1

    def same(self) -> bool:
        """Whether it would publish what was submitted or approved."""
        return self.built.digest == self.row.digest


@dataclass(frozen=True, slots=True)
class Beginning:
    """Whose a new draft is, and what it begins with: a course's next version, or a copy."""

    unit: Unit
    event: str = "begun"
    comment: str = ""
    copied_from: str = ""


def make(hub: Hub, by: Actor, course_id: str, plan: Plan) -> str:
    """Begin a draft; an empty ``course_id`` gets a free one.

    Raises:
        NameTaken: there is such a course or draft, or the id is not valid.
    """
    with writing(hub.engine) as connection:
        drafts.hold_ids(connection)
        chosen = course_id or _free_id(connection, plan)
        if not is_id(chosen) or drafts.taken(connection, chosen):
            raise NameTaken(chosen)
        begin(hub, connection, by, chosen, plan)
    return chosen


def from_folder(
    hub: Hub, connection: Connection, by: Actor, course: Course, numbers: Mapping[str, int],
    volumes: tuple[VolumePlan, ...],
) -> str | None:  # fmt: skip
    """Begin a draft of an imported course; None when its id is taken.

    ``numbers``: the number of each item's material or bank, by item.
    """
    drafts.hold_ids(connection)
    if not is_id(course.id) or drafts.taken(connection, course.id):
        return None
    begin(hub, connection, by, course.id, draft_plan.of_course(course, numbers, volumes))
    return course.id


def begin(
    hub: Hub, connection: Connection, by: Actor, draft_id: str, plan: Plan,
    begun: Beginning | None = None,
) -> None:  # fmt: skip
    """Keep a new draft under a free id, in the caller's transaction."""
    now, title = hub.now(), plan.title[:MAX_TITLE_CHARS]
    begun = begun or Beginning(rights.home(by, Deed.WRITE))
    drafts.add(
        connection, draft_id, begun.unit.id, title, json_values.written(plan), now, by.name,
        begun.copied_from,
    )  # fmt: skip
    drafts.note(connection, draft_id, now, by.name, begun.event, begun.comment)
    audit.note(connection, now, by.name, "draft begin", draft=draft_id, title=title)


def look(hub: Hub, connection: Connection, scope: Scope, draft_id: str) -> CourseDraft:
    """A draft as it is now.

    Raises:
        NoSuchDraft: the scope sees no such draft.
    """
    row = drafts.get(connection, scope, draft_id)
    if row is None:
        raise NoSuchDraft(draft_id)
    before = published(hub, connection, draft_id)
    plan = json_values.read(Plan, row.body)
    version = before.version + 1 if before else 1
    earlier = earlier_contents.of_course(hub, connection, draft_id)
    built = build.build(connection, plan, draft_id, version, earlier)
    return CourseDraft(row, plan, built, before, earlier)


def published(hub: Hub, connection: Connection, course_id: str, version: int = 0) -> Course | None:
    """A published version of a course as stations see it: ``version``, or the newest."""
    head = courses.newest_head(connection, course_id)
    sha = head[1] if head else None
    if version:
        sha = courses.manifest_of(connection, course_id, version)
    if sha is None:
        return None
    return open_manifest(hub.blobs.read(sha, MAX_MANIFEST_BYTES), *hub.ring.publics)


def save(hub: Hub, by: Actor, draft_id: str, edition: int, plan: Plan) -> None:
    """Keep a changed plan; an approval no longer holds.

    Raises:
        NoSuchDraft: this person may change no such draft.
        NotNow: it is being reviewed.
        EditedMeanwhile: somebody else changed it since ``edition``.
    """
    with writing(hub.engine) as connection:
        save_within(hub, connection, by, draft_id, edition, plan)


def save_within(
    hub: Hub, connection: Connection, by: Actor, draft_id: str, edition: int, plan: Plan
) -> None:
    """As ``save``, in the caller's transaction."""
    row = _own(connection, by, draft_id)
    if row.state not in OPEN:
        raise NotNow(row.state)
    _check_named(connection, by, json_values.read(Plan, row.body), plan)
    authors = sorted({*row.authors, by.name})
    changed = {"title": plan.title[:MAX_TITLE_CHARS] or draft_id, "state": "draft"}
    _put(
        connection, row, edition, body=json_values.written(plan), authors=authors, digest="",
        changed_at=hub.now(), changed_by=by.name, **changed,
    )  # fmt: skip


def submit(hub: Hub, by: Actor, draft_id: str, edition: int, comment: str) -> None:
    """Hand a draft in for review.

    Raises:
        Unfinished: something is missing.
        NotNow, EditedMeanwhile, NoSuchDraft: as ``save``.
    """
    with writing(hub.engine) as connection:
        draft = look(hub, connection, rights.scope(by, Deed.WRITE), draft_id)
        if draft.state not in OPEN:
            raise NotNow(draft.state)
        if draft.built.faults:
            raise Unfinished(draft.built.faults)
        authors = sorted({*draft.authors, by.name})
        _put(
            connection, draft.row, edition, state="review", digest=draft.built.digest,
            authors=authors,
        )  # fmt: skip
        _noted(hub, connection, by, draft_id, "submitted", comment)


def withdraw(hub: Hub, by: Actor, draft_id: str, edition: int) -> None:
    """Take a draft back from review. Raises ``NotNow`` when it is not in review."""
    _step(hub, by, draft_id, edition, "draft", "withdrawn", "", ("review", "approved"))


def approve(hub: Hub, by: Actor, draft_id: str, edition: int, comment: str) -> None:
    """Approve the publication of exactly this.

    Raises:
        OwnReview: this person changed it.
        ChangedSinceReview: it is no longer what was submitted.
        NotNow, EditedMeanwhile, NoSuchDraft: as ``save``.
    """
    with writing(hub.engine) as connection:
        draft = look(hub, connection, rights.scope(by, Deed.REVIEW), draft_id)
        if draft.state != "review":
            raise NotNow(draft.state)
        if by.name in draft.authors:
            raise OwnReview()
        if not draft.same():
            raise ChangedSinceReview()
        _put(connection, draft.row, edition, state="approved")
        _noted(hub, connection, by, draft_id, "approved", comment)


def return_to_author(hub: Hub, by: Actor, draft_id: str, edition: int, comment: str) -> None:
    """Return a draft to its authors, saying why. Raises as ``approve``."""
    _step(hub, by, draft_id, edition, "returned", "returned", comment, ("review",))


def release(hub: Hub, by: Actor, draft_id: str, edition: int, unit_code: str) -> Publication:
    """Publish what was approved to a unit and all below it, in one transaction.

    Raises:
        NotNow: it was not approved.
        ChangedSinceReview: it is no longer what was approved.
        NotYourUnit: the unit is outside what this person may publish to.
        VersionTaken, LicenceEnded, TooManyStations, …: as ``hub.publishing.publish``.
    """
    with reading(hub.engine) as connection:
        draft, _unit = _approved(hub, connection, by, draft_id, edition, unit_code)
    volume_editing.keep(hub.blobs, draft.plan)
    pack = seal(draft.built.course, hub.blobs, hub.key)
    with writing(hub.engine) as connection:
        ledger.hold(connection)  # before the draft: who merges its unit holds it, too
        # Check again: it may have been withdrawn meanwhile. If it is approved at the same edition,
        # it is what was sealed.
        draft, unit = _approved(hub, connection, by, draft_id, edition, unit_code)
        _put(connection, draft.row, edition, state="published", authors=[])
        comment = f"v{pack.course.version} → {unit.name}"
        _noted(hub, connection, by, draft_id, "published", comment)
        return publish.publish_within(
            hub, connection, pack, unit_code, by.name,
            owner=publish.Owner(draft.row.unit_id, draft.row.copied_from),
        )  # fmt: skip


def share(hub: Hub, by: Actor, draft_id: str, edition: int, module_id: str) -> None:
    """Let other courses use a module of this one; sharing it again tells them that it changed."""
    with writing(hub.engine) as connection:
        draft = look(hub, connection, rights.scope(by, Deed.WRITE), draft_id)
        module = draft.plan.module(module_id)
        if module is None:
            raise NoSuchDraft(draft_id)
        body = json_values.written(replace(module, shared=0, shared_edition=0))
        now, number = hub.now(), module.shared
        known = {row.id: row for row in drafts.shared(connection, rights.scope(by, Deed.SHARE))}
        mine = number in known and rights.may(by, Deed.WRITE, known[number].path)
        if mine:
            drafts.share_again(connection, number, module.title, body, now, by.name)
            after = known[number].edition + 1
        else:
            unit_id = draft.row.unit_id
            number = drafts.share(connection, unit_id, module.title, body, now, by.name)
            after = 1
        shared = replace(module, shared=number, shared_edition=after)
        modules = tuple(shared if old.id == module_id else old for old in draft.plan.modules)
        plan = replace(draft.plan, modules=modules)
        _put(connection, draft.row, edition, body=json_values.written(plan))
        audit.note(connection, now, by.name, "module share", draft=draft_id, title=module.title)


def discard(hub: Hub, by: Actor, draft_id: str, edition: int) -> None:
    """Delete a draft that is not in review; what is published of it stays."""
    with writing(hub.engine) as connection:
        row = _own(connection, by, draft_id)
        if row.state not in OPEN:
            raise NotNow(row.state)
        _put(connection, row, edition)
        drafts.forget(connection, draft_id)
        audit.note(connection, hub.now(), by.name, "draft discard", draft=draft_id, title=row.title)


def put_lecturer(hub: Hub, by: Actor, number: int, entry: Mapping[str, object]) -> None:
    """Add a lecturer (number 0) to the own unit, or change one of a unit that is written for.

    Raises:
        NotAllowed: that lecturer is of another unit.
    """
    scope = rights.scope(by, Deed.WRITE)
    with writing(hub.engine) as connection:
        if number and number not in {row.id for row in drafts.lecturers(connection, scope, False)}:
            raise NotAllowed()
        drafts.put_lecturer(connection, rights.home(by, Deed.WRITE).id, number, **entry)
        name = str(entry.get("name", ""))
        audit.note(connection, hub.now(), by.name, "lecturer", lecturer=number, name=name)


def faults_of_details(plan: Plan) -> dict[str, str]:
    """What is wrong with the course's own fields in a plan, without its items."""
    named = build.details(plan)
    return {name: words for name, words in named.items() if name != "items"}


def shared_module(row: SharedModule) -> ModulePlan:
    """The module in a row of ``shared_module``, with that row's number and edition."""
    module = json_values.read(ModulePlan, row.body)
    return replace(module, shared=row.id, shared_edition=row.edition)


def _step(
    hub: Hub, by: Actor, draft_id: str, edition: int, to: str, event: str, comment: str,
    only: tuple[str, ...],
) -> None:  # fmt: skip
    with writing(hub.engine) as connection:
        deed = Deed.REVIEW if event == "returned" else Deed.WRITE
        row = _own(connection, by, draft_id, deed)
        if row.state not in only:
            raise NotNow(row.state)
        if event == "returned" and by.name in row.authors:
            raise OwnReview()
        _put(connection, row, edition, state=to, digest="")
        _noted(hub, connection, by, draft_id, event, comment)


def _approved(
    hub: Hub, connection: Connection, by: Actor, draft_id: str, edition: int, unit_code: str
) -> tuple[CourseDraft, Unit]:
    """The draft that may be published, and the unit to which. Raises as ``release``."""
    scope = rights.scope(by, Deed.PUBLISH)
    draft = look(hub, connection, scope, draft_id)
    unit = units.by_code(connection, unit_code)
    if draft.state != "approved" or draft.edition != edition:
        raise NotNow(draft.state)
    if not draft.same():
        raise ChangedSinceReview()
    if unit is None or not scope.holds(unit.path):
        raise NotYourUnit(unit_code)
    return draft, unit


def _check_named(connection: Connection, by: Actor, old: Plan, new: Plan) -> None:
    """What a plan names anew must be there for the author: numbers can be typed.

    Raises:
        NoSuchBank, NoSuchMaterial: it is not there, or belongs to others who do not share it.
    """
    scope = rights.scope(by, Deed.SHARE)
    for number in {item.bank for item in new.items} - {item.bank for item in old.items} - {0}:
        if banks.get(connection, scope, number) is None:
            raise NoSuchBank(number)
    known = {item.material for item in old.items} | {0}
    for number in {item.material for item in new.items} - known:
        if materials.get(connection, scope, number) is None:
            raise NoSuchMaterial(number)


def _own(connection: Connection, by: Actor, draft_id: str, deed: Deed = Deed.WRITE) -> StoredDraft:
    row = drafts.get(connection, rights.scope(by, deed), draft_id)
    if row is None:
        raise NoSuchDraft(draft_id)
    return row


def _put(connection: Connection, row: StoredDraft, edition: int, **changed: object) -> None:
    if not drafts.put(connection, row.id, edition, **changed):
        raise EditedMeanwhile(row.changed_by)


def _noted(
    hub: Hub, connection: Connection, by: Actor, draft_id: str, event: str, comment: str
) -> None:
    now = hub.now()
    drafts.note(connection, draft_id, now, by.name, event, comment[:1_000])
    audit.note(connection, now, by.name, _EVENTS[event], draft=draft_id, comment=comment[:80])


def _free_id(connection: Connection, plan: Plan) -> str:
    """An id out of the Latin letters of a title, else "course-1" or "library-1"."""
    stem = "-".join(re.findall(r"[a-z0-9]+", plan.title.lower()))[:30].strip("-")
    return free_id(connection, stem or ("library" if plan.is_library else "course"))


def free_id(connection: Connection, stem: str) -> str:
    """The first id out of ``stem`` that no draft and no course has."""
    chosen, number = stem, 1
    while not is_id(chosen) or drafts.taken(connection, chosen):
        chosen, number = f"{stem}-{number}", number + 1
    return chosen
