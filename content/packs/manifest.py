"""Manifest: the JSON inside a pack (SPEC.md §4.2): a ``Course`` to values and back.

Values that come back are checked field by field, although they were signed: the limits of
``content.model.limits`` hold for them too. Bytes and signatures are ``content.packs.pack``.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from content.model import limits, terms
from content.model.activity_values import scorm_from_values, scorm_values
from content.model.checks.json_values import (
    an_id,
    an_object,
    decimal,
    flag,
    many,
    number,
    shown,
    text,
)
from content.model.checks.paths import is_safe_path
from content.model.course import (
    ITEM_KINDS,
    QUESTION_TYPES,
    STUDIED_KINDS,
    Course,
    ExamSettings,
    FileRef,
    Item,
    Question,
    Volume,
)
from content.model.errors import MalformedManifest
from content.model.question_rules import MAX_DIFFICULTY, check_shape

FORMAT = "xuezhan-pack-1"

_T = TypeVar("_T")
_SHA = re.compile(r"[0-9a-f]{64}")
_NEEDS_FILE = {"video", "pdf", "page"}
# Fields that ask a question, fields that answer it, and fields that are left out when empty.
_ASKED = {"id", "type", "text", "options"}
_TOLD = {"answer", "explain", "see_item", "see_second"}
_ASKED_IF_SAID = {"rich", "prompts", "media"}
_IF_SAID = _ASKED_IF_SAID | {"chapter", "difficulty"}


def to_values(course: Course, recipes: Mapping[str, str] = {}) -> dict[str, Any]:
    """Return a course as JSON values. Questions of exams lose answer and explanation.

    ``recipes``: for files that are cut into chunks, the name of the recipe by path.
    """
    return {
        "format": FORMAT,
        "files": [
            [ref.path, ref.size, ref.sha256, recipes.get(ref.path, "")] for ref in course.files()
        ],
        "course": {
            "id": course.id,
            "version": course.version,
            "title": course.title,
            "summary": course.summary,
            "lecturer": course.lecturer,
            "source": course.source,
            "category": course.category,
            "required": course.required,
            "hours": course.hours,
            "credits": course.credits,
            "items": [_item_values(item) for item in course.items],
            **_volumes_values(course.volumes),
            **terms.to_values(_terms_of(course)),
        },
    }


def from_values(values: object) -> Course:
    """Return the course that the values describe (§4.4).

    Raises:
        MalformedManifest: they break a rule; nothing else is raised.
    """
    top = an_object(values, {"format", "files", "course"})
    if top["format"] != FORMAT:
        raise MalformedManifest(f"format {shown(top['format'])}, expected {FORMAT!r}")
    files = _files(top["files"])
    names = {"id", "version", "title", "summary", "lecturer", "source", "category"}
    names |= {"required", "hours", "credits", "items"}
    table = an_object(top["course"], names, terms.FIELDS | {"volumes"})
    has_volumes, course_terms = "volumes" in table, terms.from_values(table)
    course = Course(
        id=an_id(table["id"]),
        version=number(table["version"], 1, limits.MAX_VERSION),
        title=text(table["title"], limits.MAX_TITLE_CHARS, 1),
        summary=text(table["summary"], limits.MAX_SUMMARY_CHARS),
        lecturer=text(table["lecturer"], limits.MAX_NAME_CHARS),
        source=text(table["source"], limits.MAX_NAME_CHARS),
        category=text(table["category"], limits.MAX_NAME_CHARS),
        required=flag(table["required"]),
        hours=decimal(table["hours"]),
        credits=decimal(table["credits"]),
        items=many(
            table["items"], int(not has_volumes), limits.MAX_ITEMS, lambda item: _item(item, files)
        ),
        volumes=many(
            table.get("volumes", []),
            int(has_volumes),
            limits.MAX_VOLUMES,
            lambda volume: _volume(volume, files),
        ),
        modules=course_terms.modules,
        origin=course_terms.origin,
        licence=course_terms.licence,
        lecturer_about=course_terms.lecturer_about,
    )
    _check_whole(course, files)
    return course


def _terms_of(course: Course) -> terms.Terms:
    return terms.Terms(course.modules, course.origin, course.licence, course.lecturer_about)


def _volumes_values(volumes: tuple[Volume, ...]) -> dict[str, Any]:
    """The volumes of a library; a course without any does not mention them."""
    rows = [
        {
            "id": volume.id,
            "title": volume.title,
            "file": volume.file.path,
            "documents": volume.documents,
            "characters": volume.characters,
        }
        for volume in volumes
    ]
    return {"volumes": rows} if rows else {}


def _item_values(item: Item) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": item.id,
        "kind": item.kind,
        "title": item.title,
        "required": item.required,
        "seconds": item.seconds,
        "file": item.file.path if item.file else "",
        "subtitles": item.subtitles.path if item.subtitles else "",
        "poster": item.poster.path if item.poster else "",
        "pictures": [ref.path for ref in item.pictures],
    }
    if item.module:
        values["module"] = item.module
    if item.content > 1:
        values["content"] = item.content
    if item.lighter is not None:
        values["lighter"] = item.lighter.path
    if item.scorm is not None:
        values["scorm"] = scorm_values(item.scorm)
        values["assets"] = [ref.path for ref in item.assets]
    if item.kind == "practice":
        values["questions"] = [_question_values(question) for question in item.questions]
    if item.exam is not None:
        values["questions"] = [_asked_values(question) for question in item.questions]
        values["exam"] = {
            "draw": item.exam.draw,
            "minutes": item.exam.minutes,
            "pass_percent": item.exam.pass_percent,
            "attempts": item.exam.attempts,
        }
    return values


def _question_values(question: Question) -> dict[str, Any]:
    values = _asked_values(question) | {
        "answer": question.answer,
        "explain": question.explain,
        "see_item": question.see_item,
        "see_second": question.see_second,
        "media": [ref.path for ref in question.media],
        "chapter": question.chapter,
        "difficulty": question.difficulty,
    }
    return {name: value for name, value in values.items() if value or name not in _IF_SAID}


def _asked_values(question: Question) -> dict[str, Any]:
    """What is asked, without anything that answers it (§4.2)."""
    values = {
        "id": question.id,
        "type": question.type,
        "text": question.text,
        "options": list(question.options),
        "rich": question.rich,
        "prompts": list(question.prompts),
        "media": [ref.path for ref in question.without_answer().media],
    }
    return {name: value for name, value in values.items() if value or name not in _IF_SAID}


def _files(values: object) -> dict[str, FileRef]:
    files: dict[str, FileRef] = {}
    for ref in many(values, 0, limits.MAX_FILES, _file):
        if ref.path in files:
            raise MalformedManifest(f"two files {ref.path!r}")
        files[ref.path] = ref
    if sum(ref.size for ref in files.values()) > limits.MAX_COURSE_BYTES:
        raise MalformedManifest("the files are too large together")
    return files


def _file(value: object) -> FileRef:
    if not isinstance(value, list) or len(value) != 4:
        raise MalformedManifest(f"not a file: {shown(value)}")
    path, size, sha, recipe = value
    if not isinstance(path, str) or not is_safe_path(path, *limits.LONGEST_PATH):
        raise MalformedManifest(f"unsafe path {shown(path)}")
    if not isinstance(sha, str) or not _SHA.fullmatch(sha):
        raise MalformedManifest(f"not a SHA-256: {shown(sha)}")
    if not isinstance(recipe, str) or not (recipe == "" or _SHA.fullmatch(recipe)):
        raise MalformedManifest(f"not the name of a recipe: {shown(recipe)}")
    return FileRef(path, number(size, 1, limits.MAX_VIDEO_BYTES), sha, recipe)


def _item(value: object, files: Mapping[str, FileRef]) -> Item:
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind not in ITEM_KINDS:
        raise MalformedManifest(f"unknown kind of item {shown(kind)}")
    names = {"id", "kind", "title", "required", "seconds", "file", "subtitles", "poster"}
    names |= {"pictures"} | ({"questions"} if kind in ("practice", "exam") else set())
    names |= {"scorm", "assets"} if kind == "scorm" else set()
    may = {"module", "content"} if kind in STUDIED_KINDS else {"module"}
    may |= {"lighter"} if kind == "video" else set()
    table = an_object(value, names | ({"exam"} if kind == "exam" else set()), may)
    item = Item(
        id=an_id(table["id"]),
        kind=kind,
        title=text(table["title"], limits.MAX_TITLE_CHARS, 1),
        required=flag(table["required"]),
        seconds=number(table["seconds"], int(kind in STUDIED_KINDS), limits.MAX_SECONDS),
        file=_ref(table["file"], files),
        subtitles=_ref(table["subtitles"], files),
        poster=_ref(table["poster"], files),
        pictures=many(table["pictures"], 0, limits.MAX_FILES, lambda path: _picture(path, files)),
        questions=many(
            table.get("questions", []),
            int("questions" in table),
            limits.MAX_QUESTIONS,
            lambda question: _question(question, files, asked=kind == "exam"),
        ),
        exam=_exam(table["exam"]) if kind == "exam" else None,
        scorm=scorm_from_values(table["scorm"]) if kind == "scorm" else None,
        assets=_assets(table["assets"], table["id"], files) if kind == "scorm" else (),
        module=an_id(table["module"]) if "module" in table else "",
        content=number(table["content"], 2, limits.MAX_VERSION) if "content" in table else 1,
        lighter=_known(table["lighter"], files) if "lighter" in table else None,
    )
    if (item.file is None) == (kind in _NEEDS_FILE):
        raise MalformedManifest(f"item {item.id} of kind {kind} with a file too many or too few")
    if item.exam and item.exam.draw > len(item.questions):
        raise MalformedManifest(f"exam {item.id} draws more questions than it has")
    opened = (
        {f"{item.id}/{activity.launch}" for activity in item.scorm.launchable()}
        if item.scorm
        else set()
    )
    if not opened <= {ref.path for ref in item.assets}:
        raise MalformedManifest(f"item {item.id} opens a file that its package does not have")
    return item


def _assets(value: object, item: str, files: Mapping[str, FileRef]) -> tuple[FileRef, ...]:
    refs = many(value, 1, limits.MAX_SCORM_FILES, lambda path: _known(path, files))
    if not all(ref.path.startswith(f"{item}/") for ref in refs):
        raise MalformedManifest(f"item {item} takes a file that is not its package's")
    return refs


def _volume(value: object, files: Mapping[str, FileRef]) -> Volume:
    table = an_object(value, {"id", "title", "file", "documents", "characters"})
    return Volume(
        id=an_id(table["id"]),
        title=text(table["title"], limits.MAX_TITLE_CHARS, 1),
        file=_known(table["file"], files),
        documents=number(table["documents"], 1, limits.MAX_DOCUMENTS),
        characters=number(table["characters"], 1, limits.MAX_VOLUME_BYTES),
    )


def _exam(value: object) -> ExamSettings:
    table = an_object(value, {"draw", "minutes", "pass_percent", "attempts"})
    return ExamSettings(
        draw=number(table["draw"], 1, limits.MAX_QUESTIONS),
        minutes=number(table["minutes"], 1, limits.MAX_EXAM_MINUTES),
        pass_percent=number(table["pass_percent"], 1, 100),
        attempts=number(table["attempts"], 1, limits.MAX_EXAM_ATTEMPTS),
    )


def _question(value: object, files: Mapping[str, FileRef], *, asked: bool) -> Question:
    """Return a question; ``asked``: it is in an exam, and refused if it holds an answer (§4.4)."""
    must, may = _ASKED, _ASKED_IF_SAID
    if not asked:
        must, may = _ASKED | _TOLD, _IF_SAID
    names = set(value) if isinstance(value, dict) else set()
    table = an_object(value, must | (may & names))
    if not all(table[name] for name in may & names):
        raise MalformedManifest(f"a field of a question that says nothing: {shown(table)}")
    kind = table["type"]
    if kind not in QUESTION_TYPES or (asked and kind == "essay"):
        raise MalformedManifest(f"unknown type of question {shown(kind)}")
    question = Question(
        an_id(table["id"]),
        kind,
        text(table["text"], limits.MAX_QUESTION_CHARS, 1),
        _texts(table["options"]),
        rich=flag(table.get("rich", False)),
        prompts=_texts(table.get("prompts", [])),
        media=many(
            *(table.get("media", []), 0, limits.MAX_QUESTION_MEDIA),
            lambda path: _picture(path, files),
        ),
    )
    if not asked:
        question = _told(question, table)

    def refuse(code: str, name: str = "", /, **values: str | int) -> None:
        raise MalformedManifest(f"question {question.id}: {code} ({name} {shown(values)})")

    check_shape(question, refuse, answered=not asked)
    return question


def _told(question: Question, table: Mapping[str, Any]) -> Question:
    return replace(
        question,
        answer=text(table["answer"], limits.MAX_ANSWER_CHARS, 1),
        explain=text(table["explain"], limits.MAX_EXPLAIN_CHARS),
        see_item=an_id(table["see_item"]) if table["see_item"] != "" else "",
        see_second=number(table["see_second"], 0, limits.MAX_SECONDS),
        chapter=text(table.get("chapter", ""), limits.MAX_NAME_CHARS),
        difficulty=number(table.get("difficulty", 0), 0, MAX_DIFFICULTY),
    )


def _texts(value: object) -> tuple[str, ...]:
    return many(
        value, 0, limits.MAX_OPTIONS, lambda option: text(option, limits.MAX_OPTION_CHARS, 1)
    )


def _check_whole(course: Course, files: Mapping[str, FileRef]) -> None:
    items = [*(item.id for item in course.items), *(volume.id for volume in course.volumes)]
    questions = [question for item in course.items for question in item.questions]
    if len(set(items)) != len(items):
        raise MalformedManifest("two items or volumes have one id")
    if len({question.id for question in questions}) != len(questions):
        raise MalformedManifest("two questions have one id")
    if not {question.see_item for question in questions} - {""} <= set(items):
        raise MalformedManifest("a question points to an item that is not there")
    if course.items or course.modules:
        terms.check_order(course.modules, [item.module for item in course.items])
    if len(course.files()) != len(files):
        raise MalformedManifest("a file belongs to no item")


def _ref(path: object, files: Mapping[str, FileRef]) -> FileRef | None:
    return None if path == "" else _picture(path, files)


def _picture(path: object, files: Mapping[str, FileRef]) -> FileRef:
    ref = _known(path, files)
    if not is_safe_path(ref.path):
        raise MalformedManifest(f"path {shown(path)} is too long")
    return ref


def _known(path: object, files: Mapping[str, FileRef]) -> FileRef:
    if not isinstance(path, str) or path not in files:
        raise MalformedManifest(f"no file {shown(path)}")
    return files[path]
