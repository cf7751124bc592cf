"""Rules: what a published course asks of a learner, read from its signed manifest.

Manifests are named by their hash and never change, so they are read once and kept.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection

from content.model.limits import MAX_MANIFEST_BYTES
from content.packs.item_contents import ItemContent, contents_of
from content.packs.pack import open_manifest
from content.transfer.blobs import BlobStore
from hub.store import courses
from hub.store.courses import DatedVersion
from sync.facts.completion import CourseRule, InForce, in_force
from sync.facts.paper import ExamRule
from sync.facts.spans import day_of
from sync.signing import VerifyKey

# A course with 600 questions takes about 1 MB as values.
MAX_KEPT = 64
# Rules of versions that were replaced: what their items ask and show, without questions of exams,
# 20 kB.
MAX_KEPT_OLD = 1_000


@dataclass(frozen=True, slots=True)
class VersionRules:
    """The rules of one version: of the course; of its exams by ``course/item``; the answer key."""

    course: CourseRule
    exams: Mapping[str, ExamRule]
    exam_key: Mapping[str, str]


class RuleBook:
    """The rules of published courses, the last used ones kept in memory."""

    def __init__(self, blobs: BlobStore, publishers: Sequence[VerifyKey]) -> None:
        self._blobs = blobs
        self._publishers = publishers
        self._kept: OrderedDict[tuple[str, int, str], VersionRules] = OrderedDict()
        self._kept_old: OrderedDict[str, tuple[CourseRule, tuple[ItemContent, ...]]] = OrderedDict()
        self._lock = Lock()

    def within(self, connection: Connection) -> "RulesNow":
        """The rules as one transaction sees them."""
        return RulesNow(self, connection)

    def of(
        self, connection: Connection, course: str, version: int, sha: str
    ) -> VersionRules | None:
        """The rules of the version whose manifest is ``sha``."""
        name = (course, version, sha)
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        published = courses.version(connection, course, version)
        if published is None:
            return None
        opened = open_manifest(self._blobs.read(sha, MAX_MANIFEST_BYTES), *self._publishers)
        exams = {
            f"{course}/{item.id}": opened.exam_rule(item.id)
            for item in opened.items
            if item.kind == "exam"
        }
        rules = VersionRules(opened.rule(), exams, published.exam_key)
        with self._lock:
            self._kept[name] = rules
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return rules

    def old(self, sha: str) -> CourseRule:
        """What the version whose manifest is ``sha`` asks: all that is left of one replaced."""
        return self._old(sha)[0]

    def contents(self, sha: str) -> tuple[ItemContent, ...]:
        """What the version whose manifest is ``sha`` shows as its items."""
        return self._old(sha)[1]

    def _old(self, sha: str) -> tuple[CourseRule, tuple[ItemContent, ...]]:
        with self._lock:
            if sha in self._kept_old:
                self._kept_old.move_to_end(sha)
                return self._kept_old[sha]
        opened = open_manifest(self._blobs.read(sha, MAX_MANIFEST_BYTES), *self._publishers)
        kept = opened.rule(), contents_of(opened)
        with self._lock:
            self._kept_old[sha] = kept
            while len(self._kept_old) > MAX_KEPT_OLD:
                self._kept_old.popitem(last=False)
        return kept


class RulesNow:
    """The rules as one transaction sees them; each course is asked for once."""

    def __init__(self, book: RuleBook, connection: Connection) -> None:
        self._book = book
        self._connection = connection
        self._found: dict[tuple[str, int | None], VersionRules | None] = {}
        self._in_force: dict[str, tuple[InForce, ...]] = {}
        self._dated: dict[str, list[DatedVersion]] = {}

    def newest(self, course: str) -> VersionRules | None:
        """The rules in force now; None for a course that was never published here."""
        if (course, None) not in self._found:
            dated = self._versions(course)
            head = (dated[-1].version, dated[-1].manifest_sha) if dated else None
            rules = self._book.of(self._connection, course, *head) if head else None
            self._found[course, None] = rules
        return self._found[course, None]

    def in_force(self, course: str) -> tuple[InForce, ...]:
        """Every version of a course with the days on which it was in force, the newest last."""
        if course not in self._in_force:
            newest, dated = self.newest(course), self._versions(course)
            rules = [self._book.old(each.manifest_sha) for each in dated[:-1]]
            rules += [newest.course] if newest else []
            days = [day_of(each.since) for each in dated]
            self._in_force[course] = in_force(zip(rules, days, strict=True))
        return self._in_force[course]

    def _versions(self, course: str) -> list[DatedVersion]:
        if course not in self._dated:
            self._dated[course] = courses.dated(self._connection, course)
        return self._dated[course]

    def version(self, course: str, number: int) -> VersionRules | None:
        """The rules of one version."""
        if (course, number) not in self._found:
            sha = courses.manifest_of(self._connection, course, number)
            rules = self._book.of(self._connection, course, number, sha) if sha else None
            self._found[course, number] = rules
        return self._found[course, number]
