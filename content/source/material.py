"""Material: one thing that people already have, made fit for courses (SPEC.md §2.8).

A file comes in, an ``Item`` without id comes out, and its bytes go into the blobs. Nothing that
comes in is trusted: films and PDF are checked, pages lose all active content. Question banks are
``content.questions``; ``content.source.file_kind`` says what a file is.
"""

import base64
import binascii
import hashlib
import html
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from content import scorm
from content.media import film, pdf, picture, sound
from content.media.subtitles import check_subtitles, to_webvtt
from content.model import limits, picture_sound
from content.model.checks import markup
from content.model.checks.markup import MEDIA_URL
from content.model.checks.paths import human_size
from content.model.course import FileRef, Item
from content.model.errors import ContentFaults, NotPlayable
from content.model.faults.faults import Fault, Faults
from content.text import pages
from content.text.encodings import decoded
from content.text.zips import unpack
from content.transfer.blobs import BlobStore
from content.word import page

# The folder of a package's files until an item of a course has them.
PACKAGE = "package"
# A PDF does not tell how long it takes to read.
PDF_SECONDS = 60
_PDF_TROUBLES = {"encrypted": "pdf-encrypted", "not-pdf": "pdf-not-pdf", "form": "pdf-form"}
_PAGE_ENDINGS = {".html", ".htm", ".xhtml", ".md", ".markdown"}
_TITLE = re.compile(r"<title[^>]*>(.{1,500}?)</title>", re.IGNORECASE | re.DOTALL)
_HEADING = re.compile(r"<h[1-3]>(.{1,500}?)</h[1-3]>", re.DOTALL)
_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,([A-Za-z0-9+/=%\s]*)", re.IGNORECASE)

Beside = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was made of a file: an item without id, its hash, what was left out."""

    item: Item
    sha256: str
    size: int
    notes: tuple[Fault, ...] = field(default=())


def take_film(path: Path, name: str, blobs: BlobStore) -> Taken:
    """Take in a film. Raises ``ContentFaults``."""
    shown = name[:120]
    _fits(path, name, limits.MAX_VIDEO_BYTES, "video")
    try:
        movie = film.probe(path)
    except NotPlayable as error:
        raise ContentFaults([Fault(error.fault, values={"path": shown, **error.values})]) from error
    if movie.faults:
        raise ContentFaults(_of_file(shown, movie.faults))
    ref = blobs.add_file(path, f"film{movie.ending}")
    item = Item("", "video", title_of(name), seconds=int(movie.seconds), file=ref)
    return Taken(item, ref.sha256, ref.size, tuple(_of_file(shown, movie.notes)))


def take_pdf(path: Path, name: str, blobs: BlobStore) -> Taken:
    """Take in a PDF that opens without a password. Raises ``ContentFaults``."""
    _fits(path, name, limits.MAX_PDF_BYTES, "pdf")
    trouble = pdf.trouble(path)
    shown: dict[str, str | int] = {"path": name[:120]}
    if trouble:
        raise ContentFaults([Fault(_PDF_TROUBLES[trouble], values=shown)])
    notes = tuple(Fault(code, values=shown) for code in pdf.remarks(path))
    ref = blobs.add_file(path, "document.pdf")
    item = Item("", "pdf", title_of(name), seconds=PDF_SECONDS, file=ref)
    return Taken(item, ref.sha256, ref.size, notes)


def take_sound(path: Path, name: str, blobs: BlobStore) -> Taken:
    """Take in a recording, as a page with the browser's own controls. Raises ``ContentFaults``."""
    _fits(path, name, limits.MAX_RECORDING_BYTES, "sound")
    try:
        lasts = sound.seconds(path)
    except NotPlayable:
        lasts = 0
    if not 1 <= lasts <= limits.MAX_SECONDS:
        raise ContentFaults([Fault("sound-length", values={"path": name[:120]})])
    with path.open("rb") as file:
        ending = picture_sound.kind_of(file.read(picture_sound.HEAD_BYTES))
    ref = blobs.add_file(path, f"sound{ending}")
    shown = html.escape(title_of(name))
    source = f'<p>{shown}</p><p><audio src="{MEDIA_URL}{ref.sha256}" controls=""></audio></p>'
    page_html = pages.sanitise(source, lambda address: address, sound=True)
    raw = page_html.encode("utf-8")
    item = Item(
        "",
        "page",
        title_of(name),
        seconds=int(lasts),
        file=FileRef("page.html", len(raw), blobs.add_bytes(raw)),
        pictures=(ref,),
    )
    return Taken(item, hashlib.sha256(raw).hexdigest(), len(raw) + ref.size)


def take_picture(path: Path, name: str, blobs: BlobStore) -> FileRef:
    """Take in a JPEG or PNG. Raises ``ContentFaults``."""
    _fits(path, name, limits.MAX_PICTURE_BYTES, "picture")
    return _picture(path.read_bytes(), name, blobs)


def take_subtitles(path: Path, name: str, seconds: int, blobs: BlobStore) -> FileRef:
    """Take in subtitles of a film of ``seconds``, as WebVTT. Raises ``ContentFaults``."""
    _fits(path, name, limits.MAX_SUBTITLES_BYTES, "subtitles")
    text = decoded(path.read_bytes())
    faults = Faults()
    shown = name[:120]
    if text is None:
        faults.add("encoding-unknown", shown)
        raise ContentFaults(faults)
    webvtt = to_webvtt(text, shown, faults)
    if not len(faults):
        check_subtitles(webvtt, shown, seconds, faults)
    _raise(faults)
    raw = webvtt.encode("utf-8")
    return FileRef("subtitles.vtt", len(raw), blobs.add_bytes(raw))


def take_page(path: Path, name: str, blobs: BlobStore) -> Taken:
    """Take in a page that stands alone; pictures must be inside it. Raises ``ContentFaults``."""
    _fits(path, name, limits.MAX_PAGE_FILE_BYTES, "page")
    return _page(path.read_bytes(), name, lambda _source: None, blobs)


def take_word(path: Path, name: str, blobs: BlobStore) -> Taken:
    """Take in a Word document as a page. Raises ``ContentFaults``."""
    _fits(path, name, limits.MAX_BANK_BYTES, "page")
    shown = name[:120]
    # Here, not above: banks know of pages.
    from content.questions.paper import word

    notes = Faults()
    if count := word.count_in(path, shown):
        notes.add("note-word-questions", shown, count=count)
    with page.opened(path, shown) as read:
        for code in read.notes:
            notes.add(code, shown)
        return _shown(read.html, name, read.title, read.picture, blobs, notes)


def take_pages(path: Path, blobs: BlobStore) -> Iterator[tuple[str, Taken | ContentFaults]]:
    """Take in every page of a zip, each with its pictures; name by name.

    Raises:
        ContentFaults: the zip itself may not be opened, or has no pages.
    """
    with tempfile.TemporaryDirectory(prefix="xuezhan-pages-") as scratch:
        root = unpack(path, Path(scratch) / "zip", "")
        names = sorted(
            file.relative_to(root).as_posix()
            for file in root.rglob("*")
            if file.is_file() and file.suffix.lower() in _PAGE_ENDINGS
        )
        if not names:
            raise ContentFaults([Fault("zip-no-page")])
        for name in names:
            try:
                _fits(root / name, name, limits.MAX_PAGE_FILE_BYTES, "page")
                yield name, _page((root / name).read_bytes(), name, _beside(root, name), blobs)
            except ContentFaults as faults:
                yield name, faults


def take_scorm(path: Path, name: str, blobs: BlobStore) -> Taken:
    """Take in a SCORM package; its files are below ``PACKAGE``. Raises ``ContentFaults``."""
    package = scorm.read(path, blobs)
    title = "".join(c for c in package.title if c.isprintable()).strip()[: limits.MAX_TITLE_CHARS]
    item = package.item(PACKAGE, title or title_of(name), True)
    size = sum(ref.size for ref in item.assets)
    return Taken(item, _hash_of(item.assets), size, package.notes)


def taken_from(item: Item) -> Taken:
    """Return the item of a course as a material: without id, its files under plain names."""
    named = replace(item, id="", required=True, content=1)
    named = replace(named, subtitles=_named(item.subtitles, "subtitles"))
    named = replace(named, poster=_named(item.poster, "poster"), file=_named(item.file, item.kind))
    named = replace(named, lighter=_named(item.lighter, "small"))
    assets = tuple(
        replace(ref, path=f"{PACKAGE}/{ref.path.partition('/')[2]}") for ref in item.assets
    )
    named = replace(named, assets=assets)
    size = sum(ref.size for ref in named.files())
    return Taken(named, item.file.sha256 if item.file else _hash_of(assets), size)


def _named(ref: FileRef | None, stem: str) -> FileRef | None:
    return replace(ref, path=stem + PurePosixPath(ref.path).suffix) if ref else None


def _hash_of(assets: tuple[FileRef, ...]) -> str:
    """A hash of a package: over the names and hashes of its files."""
    listing = "".join(f"{ref.path}\n{ref.sha256}\n" for ref in sorted(assets, key=_path_of))
    return hashlib.sha256(listing.encode()).hexdigest()


def _path_of(ref: FileRef) -> str:
    return ref.path


def title_of(name: str) -> str:
    """Return what a file's name says, as a title: no folder, no ending, not too long."""
    stem = PurePosixPath(name.replace("\\", "/")).name
    stem = re.sub(r"\.[A-Za-z0-9]{1,9}$", "", stem)
    clean = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in stem)).strip()
    return (clean or "?")[: limits.MAX_TITLE_CHARS]


def _page(raw: bytes, name: str, beside: Beside, blobs: BlobStore) -> Taken:
    shown = name[:120]
    text = decoded(raw)
    if text is None:
        raise ContentFaults([Fault("encoding-unknown", shown)])
    inside: dict[str, bytes] = {}

    def name_inside(match: re.Match[str]) -> str:
        """Name a picture that is embedded in the page, as if it lay beside it."""
        inside_name = f"inside-the-page-{len(inside)}"
        inside[inside_name] = _unpacked(match[1])
        return inside_name

    marked = PurePosixPath(name.lower()).suffix in (".md", ".markdown", ".txt")
    source = _DATA.sub(name_inside, text)
    # A word processor's styles and scripts are removed later; beyond this nothing is read.
    most = limits.MAX_PAGE_BYTES * (1 if marked else 8)
    if len(source) > most:
        raise ContentFaults([_too_large(name, len(source), limits.MAX_PAGE_BYTES, "page")])

    def within(address: str) -> bytes | None:
        return inside.get(address) or beside(address)

    title = _TITLE.search(text)
    return _shown(source, name, title[1] if title else "", within, blobs, Faults(), marked=marked)


def _shown(
    source: str,
    name: str,
    title: str,
    beside: Beside,
    blobs: BlobStore,
    notes: Faults,
    *,
    marked: bool = False,
) -> Taken:
    """Make a page of what an author wrote; ``notes`` say what was left out."""
    shown, pictures = name[:120], dict[str, FileRef]()

    def address(source: str) -> str | None:
        data = beside(source)
        if data is None:
            notes.add("picture-missing", shown, path=source[:80])
            return None
        try:
            ref = _picture(data, source[:80], blobs)
        except ContentFaults as faults:
            notes.add(faults.faults[0].code, shown, 0, "", **faults.faults[0].values)
            return None
        pictures[ref.sha256] = replace(
            ref, path=f"{ref.sha256[:16]}{PurePosixPath(ref.path).suffix}"
        )
        return MEDIA_URL + ref.sha256

    page_html = (pages.render_markdown if marked else pages.sanitise)(source, address)
    if not markup.visible_text(page_html) and not pictures:
        raise ContentFaults([Fault("page-empty", values={"path": shown}), *notes])
    raw = page_html.encode("utf-8")
    if len(raw) > limits.MAX_PAGE_BYTES:
        raise ContentFaults([_too_large(name, len(raw), limits.MAX_PAGE_BYTES, "page")])
    item = Item(
        "",
        "page",
        _page_title(title, page_html) or title_of(name),
        seconds=pages.reading_seconds(page_html),
        file=FileRef("page.html", len(raw), blobs.add_bytes(raw)),
        pictures=tuple(pictures.values()),
    )
    size = len(raw) + sum(ref.size for ref in pictures.values())
    return Taken(item, hashlib.sha256(raw).hexdigest(), size, tuple(notes))


def _page_title(title: str, page_html: str) -> str:
    heading = _HEADING.search(page_html)
    text = markup.visible_text(title or (heading[1] if heading else ""))
    return re.sub(r"\s+", " ", html.unescape(text)).strip()[: limits.MAX_TITLE_CHARS]


def _beside(root: Path, page: str) -> Beside:
    def find(source: str) -> bytes | None:
        parts: list[str] = []
        for part in (PurePosixPath(page).parent / unquote(source.split("?")[0])).parts:
            if part == "..":
                if not parts:
                    return None
                parts.pop()
            else:
                parts.append(part)
        try:
            place = root.joinpath(*parts)
            inside = place.resolve().is_relative_to(root.resolve()) and place.is_file()
            if not inside or place.stat().st_size > limits.MAX_PICTURE_BYTES:
                return None
            return place.read_bytes()
        except (OSError, ValueError):
            return None

    return find


def _unpacked(written: str) -> bytes:
    try:
        return base64.b64decode(unquote(written))
    except (binascii.Error, ValueError):
        return b""


def _picture(data: bytes, name: str, blobs: BlobStore) -> FileRef:
    """Keep a picture without what tells where and by whom it was taken."""
    values: dict[str, str | int] = {"path": name[:120]}
    if kind := picture.foreign(data):
        raise ContentFaults([Fault("picture-foreign", values=values | {"format": kind})])
    if picture_sound.kind_of(data) not in picture_sound.PICTURES:
        raise ContentFaults([Fault("picture-not-picture", values=values)])
    if len(data) > limits.MAX_PICTURE_BYTES:
        raise ContentFaults([_too_large(name, len(data), limits.MAX_PICTURE_BYTES, "picture")])
    wide, high = picture.size_of(data)
    if wide * high > limits.MAX_PICTURE_PIXELS or max(wide, high) > limits.MAX_PICTURE_SIDE:
        values |= {"wide": wide, "high": high}
        raise ContentFaults([Fault("picture-pixels", values=values)])
    data = picture.without_traces(data)
    return FileRef(f"picture{picture_sound.kind_of(data)}", len(data), blobs.add_bytes(data))


def _fits(path: Path, name: str, limit: int, kind: str) -> None:
    size = path.stat().st_size
    if not size:
        raise ContentFaults([Fault("file-empty", values={"path": name[:120]})])
    if size > limit:
        raise ContentFaults([_too_large(name, size, limit, kind)])


def _too_large(name: str, size: int, limit: int, kind: str) -> Fault:
    values: dict[str, str | int] = {"path": name[:120]}
    values |= {"size": human_size(size), "limit": human_size(limit)}
    return Fault(f"{kind}-too-large", values=values)


def _of_file(shown: str, faults: Iterable[Fault]) -> list[Fault]:
    return [replace(fault, values={"path": shown, **fault.values}) for fault in faults]


def _raise(faults: Faults) -> None:
    if len(faults):
        raise ContentFaults(faults)
