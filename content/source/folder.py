"""Course folder: ``course.toml`` and the files beside it in, a checked course out (SPEC.md §2).

All faults are reported at once, each with its place and a next step. A zip of such a folder is
unpacked by ``content.text.zips`` first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from content.model import limits
from content.model.checks.paths import human_size
from content.model.course import (
    ITEM_KINDS,
    STUDIED_KINDS,
    Course,
    ExamSettings,
    Item,
    Question,
    Volume,
)
from content.model.errors import ContentFaults
from content.model.faults.faults import Faults
from content.model.terms import MAX_STATIONS, MODULE_KINDS, ORIGINS, Licence, Module, Origin, is_day
from content.packs.item_contents import SAID, Said
from content.source.bank import read_questions
from content.source.files import FolderFiles
from content.text.toml_file import Fields, read_toml
from content.text.zips import unpack
from sync.facts.grading import ESSAY

COURSE_FILE = "course.toml"
# A PDF does not tell how long it takes to read; authors may say it with ``seconds``.
PDF_SECONDS = 60


@dataclass(frozen=True, slots=True)
class CourseFolder:
    """A folder that may be published: its place, its course with answers, the pages made of it.

    ``packages`` are the zips of its SCORM items, by item: their files are read out of them.
    ``said``: of which items the author says whether their content is another (SPEC.md §1.2).
    """

    root: Path
    course: Course
    made: Mapping[str, bytes]
    packages: Mapping[str, Path] = field(default_factory=dict)
    said: Mapping[str, Said] = field(default_factory=dict)


def read_folder(path: Path) -> CourseFolder:
    """Read and check a course folder. Nothing in it is changed.

    Raises:
        ContentFaults: with every fault of the folder. No content raises anything else.
    """
    faults = Faults()
    folder = _Reader(path, faults).read()
    if len(faults) or folder is None:
        raise ContentFaults(faults)
    return folder


def read_zip(path: Path, into: Path) -> CourseFolder:
    """Unpack the zip of a course folder into the new folder ``into``, and read it.

    Whoever calls removes ``into`` once the course is published. After a fault of the zip
    itself there is no ``into``.

    Raises:
        ContentFaults: with every fault of the zip, or else of the folder in it.
    """
    return read_folder(unpack(path, into, COURSE_FILE))


class _Reader:
    def __init__(self, root: Path, faults: Faults) -> None:
        self._root = root
        self._faults = faults
        self._files = FolderFiles(root, faults)
        self._question_at: dict[str, str] = {}
        self._sees: list[tuple[Question, Fields]] = []
        self._said: dict[str, Said] = {}

    def read(self) -> CourseFolder | None:
        top = self._top()
        if top is None:
            return None
        course = self._course(top)
        for question, table in self._sees:
            _check_see(question, table, course)
        if self._files.whole_size() > limits.MAX_COURSE_BYTES:
            sizes = human_size(self._files.whole_size()), human_size(limits.MAX_COURSE_BYTES)
            self._faults.add("course-too-large", COURSE_FILE, size=sizes[0], limit=sizes[1])
        packages = dict(self._files.packages)
        return CourseFolder(self._root, course, dict(self._files.made), packages, self._said)

    def _top(self) -> Fields | None:
        if not self._root.is_dir():
            self._faults.add("not-a-folder")
            return None
        missing = Fields.nowhere(COURSE_FILE, self._faults)
        file = self._files.place(missing, "", COURSE_FILE)
        return read_toml(file, COURSE_FILE, self._faults) if file else None

    def _course(self, top: Fields) -> Course:
        values = Course(
            id=top.identifier(),
            version=top.number("version", 1, limits.MAX_VERSION),
            title=top.text("title", limits.MAX_TITLE_CHARS),
            summary=top.text("summary", limits.MAX_SUMMARY_CHARS, ""),
            lecturer=top.text("lecturer", limits.MAX_NAME_CHARS, ""),
            source=top.text("source", limits.MAX_NAME_CHARS, ""),
            category=top.text("category", limits.MAX_NAME_CHARS, ""),
            required=top.flag("required", True),
            hours=top.decimal("hours"),
            credits=top.decimal("credits"),
            volumes=self._volumes(top),
            items=self._items(top),
            modules=self._modules(top),
            origin=self._origin(top),
            licence=self._licence(top),
            lecturer_about=top.text("lecturer_about", limits.MAX_ABOUT_CHARS, ""),
        )
        top.finish()
        self._check_modules(top, values)
        if not values.items and not values.volumes:
            self._faults.add("no-items", COURSE_FILE)
        return values

    def _modules(self, top: Fields) -> tuple[Module, ...]:
        modules: list[Module] = []
        for table in top.tables("module", limits.MAX_MODULES):
            identifier = table.identifier()
            title = table.text("title", limits.MAX_TITLE_CHARS)
            written = table.text("kind", 20, "base")
            kind = next((known for known in MODULE_KINDS if known == written), None)
            table.finish()
            if kind is None:
                table.fault("module-kind", "kind", kind=written)
            if any(other.id == identifier for other in modules):
                table.fault("module-id-twice", "id", id=identifier)
            modules.append(Module(identifier, title, kind or "base"))
        return tuple(modules)

    def _check_modules(self, top: Fields, course: Course) -> None:
        """Each item is in a module or none is, and they stand in the modules' order (§1.1)."""
        ids = [module.id for module in course.modules]
        for module in ids:
            if module not in [item.module for item in course.items]:
                top.fault("module-empty", "module", id=module)
        last = 0
        for item in course.items:
            if item.module not in (ids or [""]):
                top.fault("module-unknown", "item", id=item.id, module=item.module)
                continue
            at = ids.index(item.module) if ids else 0
            if at < last:
                top.fault("module-order", "item", id=item.id)
            last = max(at, last)

    def _origin(self, top: Fields) -> Origin:
        origin = top.text("origin", 20, "")
        if origin not in ORIGINS:
            top.fault("origin-form", "origin", value=origin)
            return ""
        return origin

    def _licence(self, top: Fields) -> Licence:
        expires = top.text("licence_expires", 20, "")
        if expires and not is_day(expires):
            top.fault("day-form", "licence_expires", name="licence_expires", value=expires)
        return Licence(
            top.text("licence_holder", limits.MAX_NAME_CHARS, ""),
            expires,
            top.number("licence_stations", 0, MAX_STATIONS, 0),
        )

    def _volumes(self, top: Fields) -> tuple[Volume, ...]:
        volumes: list[Volume] = []
        for table in top.tables("volume", limits.MAX_VOLUMES):
            identifier = table.identifier()
            title = table.text("title", limits.MAX_TITLE_CHARS)
            file_and_counts = self._files.volume(table, "folder", table.path("folder"), title)
            table.finish()
            if any(other.id == identifier for other in volumes):
                table.fault("item-id-twice", "id", id=identifier)
            if file_and_counts:
                volumes.append(Volume(identifier, title, *file_and_counts))
        return tuple(volumes)

    def _items(self, top: Fields) -> tuple[Item, ...]:
        tables = top.tables("item", limits.MAX_ITEMS)
        items: list[Item] = []
        for table in tables:
            item = self._item(table)
            if item.id and any(other.id == item.id for other in items):
                table.fault("item-id-twice", "id", id=item.id)
            items.append(item)
        return tuple(items)

    def _item(self, table: Fields) -> Item:
        identifier = table.identifier()
        kind = table.text("kind", 20)
        title = table.text("title", limits.MAX_TITLE_CHARS)
        required = table.flag("required", True)
        if kind not in ITEM_KINDS:
            if kind:
                table.fault("item-kind", "kind", kind=kind)
            return Item(identifier, "page", title)
        module = table.text("module", 40, "")
        if kind in STUDIED_KINDS:
            self._say(table, identifier)
        item = self._filled(table, Item(identifier, kind, title, required))
        table.finish()
        return replace(item, module=module)

    def _say(self, table: Fields, item: str) -> None:
        """What the author says of an item whose files are others than before (§1.2)."""
        written = table.text("content", 20, "")
        said = next((known for known in SAID if known == written), None)
        if said is None:
            table.fault("content-said", "content", said=written)
        elif said:
            self._said[item] = said

    def _filled(self, table: Fields, item: Item) -> Item:
        match item.kind:
            case "video":
                return self._video(table, item)
            case "pdf":
                seconds = table.number("seconds", 1, limits.MAX_SECONDS, PDF_SECONDS)
                file = self._files.pdf(table, "file", table.path("file"))
                return replace(item, seconds=seconds, file=file)
            case "page":
                path = table.path("file")
                page, pictures, least = self._files.page(table, "file", path)
                seconds = table.number("seconds", 1, limits.MAX_SECONDS, least or 1)
                return replace(item, seconds=seconds, file=page, pictures=pictures)
            case "scorm":
                return self._scorm(table, item)
            case "practice":
                return replace(item, questions=self._questions(table))
            case "exam":
                return self._exam(table, item)

    def _video(self, table: Fields, item: Item) -> Item:
        file, seconds = self._files.video(table, "file", table.path("file"))
        subtitles = poster = None
        if path := table.path("subtitles", optional=True):
            subtitles = self._files.subtitles(table, "subtitles", path, seconds)
        if path := table.path("poster", optional=True):
            poster = self._files.picture(table, "poster", path)
        return replace(item, seconds=seconds, file=file, subtitles=subtitles, poster=poster)

    def _scorm(self, table: Fields, item: Item) -> Item:
        package = self._files.package(table, "file", table.path("file"), item.id)
        seconds = table.number("seconds", 1, limits.MAX_SECONDS, package.seconds if package else 1)
        if package is None:
            return replace(item, kind="page")  # what is not there has no activities
        return package.item(item.id, item.title, item.required, seconds)

    def _exam(self, table: Fields, item: Item) -> Item:
        questions = self._questions(table, marked=True)
        settings = ExamSettings(
            draw=table.number("draw", 1, limits.MAX_QUESTIONS),
            minutes=table.number("minutes", 1, limits.MAX_EXAM_MINUTES),
            pass_percent=table.number("pass_percent", 1, 100, 60),
            attempts=table.number("attempts", 1, limits.MAX_EXAM_ATTEMPTS, 1),
        )
        if questions and settings.draw > len(questions):
            table.fault("exam-draws-more", "draw", draw=settings.draw, count=len(questions))
        return replace(item, questions=questions, exam=settings)

    def _questions(self, table: Fields, *, marked: bool = False) -> tuple[Question, ...]:
        """The questions of a bank; ``marked``: only those that a machine can mark are allowed."""
        path = table.path("questions")
        file = self._files.place(table, "questions", path) if path else None
        if file is None:
            return ()
        questions = read_questions(file, path, self._faults, self._files.shown)
        for question, at in questions:
            other = self._question_at.setdefault(question.id, path)
            if question.id and other != path:
                at.fault("question-id-twice", "id", id=question.id, path=other)
            if marked and question.answer.startswith(ESSAY):
                at.fault("exam-essay", "type", id=question.id)
        self._sees += questions
        return tuple(question for question, _ in questions)


def _check_see(question: Question, table: Fields, course: Course) -> None:
    if not question.see_item:
        return
    item = next((item for item in course.items if item.id == question.see_item), None)
    if item is None or item.kind not in STUDIED_KINDS:
        table.fault("see-no-item", "see", id=question.see_item)
    elif item.kind == "video" and item.seconds and question.see_second >= item.seconds:
        table.fault("see-beyond", "see", second=question.see_second, seconds=item.seconds)
