"""QTI: items in files and packages, of 1.2, 2.1, 2.2 and 3.0 (SPEC.md §9.6)."""

import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from content.model import limits
from content.model.checks.paths import human_size
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.model.refused import Refused
from content.questions.model import tags
from content.questions.model.report import Imported, ReadingReport, SourcePlace, noting, too_many
from content.questions.model.rich_text import MediaCollector
from content.questions.model.settle import to_question
from content.questions.qti import v1, v2
from content.questions.qti.html import normal
from content.text import zips
from content.text.xml_tree import LINE, child, line_of, parse, said

MANIFEST = "imsmanifest.xml"
# Canvas names files of a course so, wherever the item is.
_CANVAS = "$IMS-CC-FILEBASE$/"
_VERSIONS = {"questestinterop": "qti1.2", "assessmentItem": "qti2", "qti-assessment-item": "qti3"}
_DIFFICULTY = {"very easy": 1, "easy": 2, "medium": 3, "difficult": 4, "very difficult": 5}
_OTHERS = ("assessmentTest", "qti-assessment-test", "assessmentSection", "qti-assessment-section")
ROOTS = (*_VERSIONS, *_OTHERS)


class _Package:
    """The files of a package, read one by one."""

    def __init__(self, archive: zipfile.ZipFile, files: Mapping[str, zipfile.ZipInfo]) -> None:
        self._archive = archive
        self._files = files

    def names(self) -> list[str]:
        """Return the XML files."""
        return [n for n in self._files if n.lower().endswith((".xml", ".qti", ".dat"))]

    def has(self, name: str) -> bool:
        """Tell whether there is such a file."""
        return name in self._files

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, None when there is none or it is too large."""
        entry = self._files.get(name)
        if entry is None:
            return None
        if entry.file_size > limits.MAX_WORKBOOK_BYTES:
            values = {"size": human_size(entry.file_size)}
            limit = human_size(limits.MAX_WORKBOOK_BYTES)
            raise ContentFaults([Fault("bank-too-large", name, values=values | {"limit": limit})])
        return b"".join(zips.pieces(self._archive, entry, name))

    def beside(self, name: str, address: str) -> bytes | None:
        """Return the file at an address in the file ``name``; ``None`` where there is none."""
        plain = unquote(address).partition("?")[0].partition("#")[0]
        folder = posixpath.dirname(name)
        tried = (posixpath.join(folder, plain), plain.lstrip("/"),
                 posixpath.join("web_resources", plain.removeprefix(_CANVAS)))  # fmt: skip
        for path in map(posixpath.normpath, tried):
            if self.has(path):
                return self.read(path)
        return None


def read_package(path: Path, file: str, shelf: MediaCollector) -> Imported:
    """Return the questions of a package.

    Raises:
        ContentFaults: it holds no QTI, or cannot be read.
    """
    with zips.opened(path) as archive:
        longest = limits.MAX_ASSET_PATH_CHARS, limits.MAX_ASSET_PARTS
        package = _Package(archive, zips.judged(archive, *longest))
        marks = _marks(package)
        report = ReadingReport(file)
        version = ""
        for name in [*marks, *(other for other in package.names() if other not in marks)]:
            root = _root(package, name)
            if root is None:
                continue
            if root.tag.rpartition("}")[2] in _VERSIONS:
                version = version or _VERSIONS[root.tag.rpartition("}")[2]]
                shelf.resolve = lambda address, name=name: package.beside(name, address)  # type: ignore[misc]
                _take(root, report, shelf, marks.get(name, tags.Tags()), name, package)
        if not version:
            raise ContentFaults([Fault("zip-no-questions", file)])
        return report.outcome(version)


def read_file(root: Element, file: str, shelf: MediaCollector) -> Imported:
    """Return the questions of one XML file without its package."""
    name = root.tag.rpartition("}")[2]
    if name not in _VERSIONS:
        raise ContentFaults([Fault("qti-only-test", file)])
    report = ReadingReport(file)
    _take(root, report, shelf, tags.Tags(), "", None)
    return report.outcome(_VERSIONS[name])


def _root(package: _Package, name: str) -> Element | None:
    """Return the root of an XML file that may hold items, None for any other."""
    raw = package.read(name)
    if (
        name == MANIFEST
        or raw is None
        or not any(
            word in raw[:4000] or word.decode().encode("utf-16-le") in raw[:8000]
            for word in (b"questestinterop", b"assessmentItem", b"qti-assessment-item")
        )
    ):
        return None
    return parse(raw, name)


def _take(
    root: Element,
    report: ReadingReport,
    shelf: MediaCollector,
    marks: tags.Tags,
    name: str,
    package: _Package | None,
) -> None:
    normal(root)
    if root.tag == "questestinterop":
        for item, section in v1.items(root):
            _one(item, report, shelf, tags.Tags(chapter=marks.chapter or section), name)
        return
    if package is not None:
        _with_stimulus(root, package, name)
    _one(root, report, shelf, marks, name)


def _one(
    item: Element, report: ReadingReport, shelf: MediaCollector, marks: tags.Tags, name: str
) -> None:
    if report.total >= limits.MAX_IMPORTED:
        raise too_many(report.file)
    called = v2.title_of(item)
    place = SourcePlace(line_of(item), f"{name} {called}".strip() if name else called)
    note = noting(report, place)
    own = tags.own_id(item.attrib.get("identifier") or item.attrib.get("ident", ""))
    try:
        maker = v1.draft_of if item.tag == "item" else v2.draft_of
        draft = maker(item, note)
        marks.mark(draft, note)
        report.add(to_question(draft, shelf, note), own, place)
    except Refused as refused:
        report.refuse(refused, place)


def _with_stimulus(item: Element, package: _Package, name: str) -> None:
    """Put the text that several items share before what this one asks."""
    body = child(item, "itemBody")
    for ref in list(item):
        if ref.tag != "assessmentStimulusRef" or body is None:
            continue
        raw = package.beside(name, ref.attrib.get("href", ""))
        stimulus = child(normal(parse(raw, name)), "stimulusBody") if raw else None
        if stimulus is None:  # without it the item is refused, like one without its picture
            body.insert(0, Element("img", {"src": ref.attrib.get("href", ""), LINE: "0"}))
            continue
        holder = Element("div", {LINE: "0"})
        holder.text = stimulus.text
        holder.extend(stimulus)
        body.insert(0, holder)


def _marks(package: _Package) -> dict[str, tags.Tags]:
    """Return the files that the manifest names, in its order, with what it says of each."""
    raw = package.read(MANIFEST)
    if raw is None:
        return {}
    tags_by_path: dict[str, tags.Tags] = {}
    there, tests = set(package.names()), []
    for resource in normal(parse(raw, MANIFEST)).iter():
        if resource.tag != "resource":
            continue
        own = _said_of(resource)
        named = [resource.attrib.get("href", "")]
        named += [file.attrib.get("href", "") for file in resource if file.tag == "file"]
        for href in named:
            path = posixpath.normpath(unquote(href)) if href else ""
            if path in there and path not in tags_by_path:
                tags_by_path[path] = own
                if "_item_" not in resource.attrib.get("type", ""):
                    tests.append(path)
    for name in tests:
        _sections(package, name, tags_by_path)
    return tags_by_path


def _said_of(resource: Element) -> tags.Tags:
    """Return what a resource's metadata says: tags of ours, and difficulty in the words of LOM."""
    words = [said(node).strip() for node in resource.iter() if node.tag == "keyword"]
    own = tags.Tags.of(word for word in words if word.startswith("xz:"))
    for node in resource.iter():
        level = said(child(node, "value")).strip().lower() if node.tag == "difficulty" else ""
        own.difficulty = own.difficulty or _DIFFICULTY.get(level, 0)
    return own


def _sections(package: _Package, name: str, tags_by_path: dict[str, tags.Tags]) -> None:
    """Sections of a test give their titles to the items in them, as chapters."""
    raw = package.read(name)
    if raw is None or not (b"assessmentTest" in raw[:4000] or b"qti-assessment-test" in raw[:4000]):
        return
    for section, title in _titled(normal(parse(raw, name)), ""):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(section)))
        if path in tags_by_path and not tags_by_path[path].chapter:
            tags_by_path[path].chapter = title


def _titled(element: Element, title: str) -> Iterator[tuple[str, str]]:
    for node in element:
        if node.tag == "assessmentItemRef":
            yield node.attrib.get("href", ""), title
        else:
            section = node.tag == "assessmentSection"
            yield from _titled(node, node.attrib.get("title", title) if section else title)
