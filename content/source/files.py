"""Files of a course folder: checked by the rules of their kinds, then measured (SPEC.md §2.3-§2.5).

``content.source.folder`` says which file is what; the faults found here name that field.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from content.media import film, pdf
from content.media.subtitles import check_subtitles
from content.model import limits, picture_sound
from content.model.checks import markup
from content.model.checks.markup import MEDIA_URL
from content.model.checks.paths import human_size, is_regular_inside, is_safe_path, sha256_of
from content.model.course import FileRef
from content.model.errors import ContentFaults, NotPlayable
from content.model.faults.faults import Faults
from content.model.volume import write_volume
from content.source.documents import ENDINGS, MAX_TEXT_BYTES, WORD, document_of, word_document_of
from content.text import pages
from content.text.toml_file import Fields, decode

if TYPE_CHECKING:
    from content.scorm import ScormPackage

_PAGE_ENDINGS = {".md", ".html", ".htm"}
# What file managers leave behind.
IGNORED = frozenset({"Thumbs.db", "desktop.ini"})


class FolderFiles:
    """The files of one folder. Every method notes faults at the field and goes on."""

    def __init__(self, root: Path, faults: Faults) -> None:
        self._root = root
        self._faults = faults
        self._refs: dict[str, FileRef] = {}
        self._made: dict[str, bytes] = {}
        self._packages: dict[str, Path] = {}

    @property
    def made(self) -> Mapping[str, bytes]:
        """The files that are not in the folder but made from it: pages."""
        return self._made

    @property
    def packages(self) -> Mapping[str, Path]:
        """The zips of SCORM items, by item."""
        return self._packages

    def whole_size(self) -> int:
        """Return the size of all files that were taken."""
        return sum(ref.size for ref in self._refs.values())

    def place(self, table: Fields, name: str, path: str) -> Path | None:
        """Return where a plain file of the folder is; ``None`` when it may not be used.

        An empty ``path`` was a fault already when its field was read.
        """
        if not path:
            return None
        if not is_safe_path(path):
            table.fault("path-unsafe", name, path=path[:160])
            return None
        try:
            if not is_regular_inside(self._root, path):
                table.fault("file-not-regular", name, path=path)
                return None
        except (FileNotFoundError, NotADirectoryError):
            table.fault("file-missing", name, path=path)
            return None
        file = self._root.joinpath(path)
        if file.stat().st_size == 0:
            table.fault("file-empty", name, path=path)
            return None
        return file

    def video(self, table: Fields, name: str, path: str) -> tuple[FileRef | None, int]:
        """Take a video that Chromium 86 plays; return it with its length in seconds."""
        file = self._sized(table, name, path, limits.MAX_VIDEO_BYTES, "video")
        if file is None:
            return None, 0
        try:
            movie = film.probe(file)
        except NotPlayable as error:
            table.fault(error.fault, name, path=path, **error.values)
            return None, 0
        for fault in movie.faults:
            table.fault(fault.code, name, path=path, **fault.values)
        if movie.faults:
            return None, 0
        return self._taken(path, file), int(movie.seconds)

    def pdf(self, table: Fields, name: str, path: str) -> FileRef | None:
        """Take a PDF that is whole and opens without a password."""
        file = self._sized(table, name, path, limits.MAX_PDF_BYTES, "pdf")
        if file is None:
            return None
        trouble = pdf.trouble(file)
        if trouble == "encrypted":
            table.fault("pdf-encrypted", name, path=path)
            return None
        if trouble:
            table.fault("pdf-form" if trouble == "form" else "pdf-not-pdf", name, path=path)
            return None
        return self._taken(path, file)

    def subtitles(self, table: Fields, name: str, path: str, video_s: int) -> FileRef | None:
        """Take WebVTT subtitles of a video of ``video_s`` seconds."""
        file = self._sized(table, name, path, limits.MAX_SUBTITLES_BYTES, "subtitles")
        if file is None:
            return None
        text = decode(file.read_bytes(), path, self._faults, bom_allowed=True)
        if text is not None:
            check_subtitles(text, path, video_s, self._faults)
        return self._taken(path, file)

    def picture(self, table: Fields, name: str, path: str) -> FileRef | None:
        """Take a picture that browsers show."""
        file = self._sized(table, name, path, limits.MAX_PICTURE_BYTES, "picture")
        if file is None:
            return None
        if not picture_sound.is_picture(path, _head(file)):
            table.fault("picture-not-picture", name, path=path)
            return None
        return self._taken(path, file)

    def shown(self, table: Fields, name: str, path: str) -> FileRef | None:
        """Take what a question shows: a picture or a sound, as its name says."""
        if picture_sound.ending_of(path) not in picture_sound.SOUNDS:
            return self.picture(table, name, path)
        file = self._sized(table, name, path, limits.MAX_SOUND_BYTES, "sound")
        if file is None:
            return None
        if not picture_sound.is_sound(path, _head(file)):
            table.fault("sound-not-sound", name, path=path)
            return None
        return self._taken(path, file)

    def page(
        self, table: Fields, name: str, path: str
    ) -> tuple[FileRef | None, tuple[FileRef, ...], int]:
        """Make harmless HTML of a page; return it, its pictures, and its least reading time."""
        file = self._sized(table, name, path, limits.MAX_PAGE_BYTES, "page")
        if file is None:
            return None, (), 0
        ending = PurePosixPath(path).suffix.lower()
        if ending not in _PAGE_ENDINGS:
            table.fault("page-not-page", name, path=path)
            return None, (), 0
        text = decode(file.read_bytes(), path, self._faults)
        if text is None:
            return None, (), 0
        pictures: dict[str, FileRef] = {}

        def address(source: str) -> str | None:
            beside = named_from(path, source)
            ref = self.picture(table, name, beside)
            if ref is None:
                return None
            pictures[beside] = ref
            return MEDIA_URL + ref.sha256

        page = (pages.render_markdown if ending == ".md" else pages.sanitise)(text, address)
        if not markup.visible_text(page):
            table.fault("page-empty", name, path=path)
        ref = self._made_of(table, name, path, page.encode("utf-8"))
        return ref, tuple(pictures.values()), pages.reading_seconds(page)

    def package(self, table: Fields, name: str, path: str, item: str) -> "ScormPackage | None":
        """Take a SCORM package; in the course its files are in the folder of its item's id."""
        from content import scorm  # needs a library that stations do not have

        file = self.place(table, name, path)
        if file is None:
            return None
        try:
            package = scorm.inspect(file)
        except ContentFaults as error:
            for fault in error.faults:
                table.fault(fault.code, name, **fault.values)
            return None
        for ref in package.item(item, "", True).assets:
            if self._refs.setdefault(ref.path, ref) != ref:
                table.fault("path-twice", name, path=ref.path[:120])
        self._packages[item] = file
        return package

    def volume(
        self, table: Fields, name: str, folder: str, title: str
    ) -> tuple[FileRef, int, int] | None:
        """Make a volume of a folder of documents: its file, how many documents and characters."""
        if not folder:
            return None
        if not is_safe_path(folder) or not self._root.joinpath(folder).is_dir():
            table.fault("volume-no-folder", name, path=folder[:160])
            return None
        documents = []
        for path in self._documents(table, name, folder):
            is_word = path.lower().endswith(WORD)
            limit = limits.MAX_BANK_BYTES if is_word else MAX_TEXT_BYTES
            file = self._sized(table, name, path, limit, "document")
            if file is None:
                continue
            try:
                if is_word:
                    documents.append(word_document_of(PurePosixPath(path), file))
                else:
                    documents.append(document_of(PurePosixPath(path), file.read_bytes()))
            except UnicodeDecodeError:
                table.fault("document-no-text", name, path=path)
            except ContentFaults as faults:
                for fault in faults.faults:
                    table.fault(fault.code, name, **fault.values)
        if not documents:
            table.fault("volume-empty", name, path=folder)
            return None
        raw = write_volume(title, documents)
        ref = FileRef(f"{folder}.volume", len(raw), hashlib.sha256(raw).hexdigest())
        self._refs[ref.path], self._made[ref.path] = ref, raw
        return ref, len(documents), sum(len(document.text) for document in documents)

    def _documents(self, table: Fields, name: str, folder: str) -> list[str]:
        """The documents below a folder, as paths in the course; links are not followed."""
        paths = []
        for place, folders, files in os.walk(self._root / folder):
            folders[:] = [subfolder for subfolder in folders if not subfolder.startswith(".")]
            for file in files:
                path = (Path(place) / file).relative_to(self._root).as_posix()
                if file.startswith(".") or file in IGNORED:
                    continue
                if PurePosixPath(path).suffix.lower() not in ENDINGS:
                    table.fault("document-kind", name, path=path)
                    continue
                paths.append(path)
        if len(paths) > limits.MAX_DOCUMENTS:
            table.fault("too-many", name, name=name, count=len(paths), limit=limits.MAX_DOCUMENTS)
        return sorted(paths)[: limits.MAX_DOCUMENTS]

    def _made_of(self, table: Fields, name: str, path: str, raw: bytes) -> FileRef:
        html_path = PurePosixPath(path).with_suffix(".html").as_posix()
        ref = FileRef(html_path, len(raw), hashlib.sha256(raw).hexdigest())
        if self._refs.setdefault(html_path, ref) != ref:
            table.fault("path-twice", name, path=html_path)
        self._made[html_path] = raw
        return ref

    def _sized(self, table: Fields, name: str, path: str, limit: int, kind: str) -> Path | None:
        file = self.place(table, name, path)
        if file is None:
            return None
        size = file.stat().st_size
        if size > limit:
            sizes = human_size(size), human_size(limit)
            table.fault(f"{kind}-too-large", name, path=path, size=sizes[0], limit=sizes[1])
            return None
        return file

    def _taken(self, path: str, file: Path) -> FileRef:
        if path not in self._refs:
            self._refs[path] = FileRef(path, file.stat().st_size, sha256_of(file))
        return self._refs[path]


def named_from(path: str, source: str) -> str:
    """Return the path that ``source``, a percent-encoded address in ``path``, points to."""
    return (PurePosixPath(path).parent / unquote(source)).as_posix()


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(picture_sound.HEAD_BYTES)
