"""Rich text of questions: an author's HTML made harmless, its pictures and sounds kept.

SPEC.md §9.4. Nothing that people would miss is dropped silently: the question is refused instead.
"""

import base64
import binascii
import hashlib
import html
import re
from collections.abc import Callable
from urllib.parse import unquote, unquote_to_bytes

from content.model import limits
from content.model.checks.markup import MEDIA_URL
from content.model.checks.paths import human_size
from content.model.course import FileRef
from content.model.picture_sound import HEAD_BYTES, PICTURES, kind_of
from content.model.refused import Refused
from content.questions.model.plain_text import clean
from content.text import pages
from content.transfer.blobs import BlobStore

# Gives the bytes behind an address of the source, or None.
Resolve = Callable[[str], bytes | None]

# Elements that our pages cannot show, and without which a question is another question.
_ELEMENTS = (
    "iframe|object|embed|applet|svg|canvas|video|form|input|select|textarea|frame|frameset"
    "|map|area|picture"
)
_SHOWS = re.compile(rf"<({_ELEMENTS})\b", re.IGNORECASE)
_ACTS = re.compile(r"<script\b|<[a-z][^<>]*(?:\son[a-z]+\s*=|javascript:)", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
_LINKED_SOUND = re.compile(
    r"""<a\b[^<>]*?\bhref\s*=\s*["']([^"']+\.(?:mp3|m4a|ogg|oga|wav))["'][^<>]*>(.{0,2000}?)</a>""",
    re.IGNORECASE | re.DOTALL,
)
# Canvas shows formulas as pictures of its own server, with the TeX beside.
_EQUATION = re.compile(
    r"""<img\b[^<>]*?\b(?:data-equation-content|alt)\s*=\s*"(?:LaTeX:\s*)?([^"]*)"[^>]*>""",
    re.IGNORECASE,
)
_AUDIO = re.compile(r"<audio\b([^<>]*)>(.{0,5000}?)</audio>", re.IGNORECASE | re.DOTALL)
_SRC = re.compile(r"""(?<![\w-])src\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)
_SHOWN = re.compile(r"<(?:img|audio)\b[^>]*>", re.IGNORECASE)
_WITHOUT_FILE = re.compile(r"<(?:img|audio)\b(?![^>]*\bsrc=\"/media/)")
_ROUNDS = 4
# The longest text that is allowed, with all the styles that a word processor gives it. A longer
# one is refused before anything looks at it more than once.
MAX_SOURCE_CHARS = 15 * limits.MAX_QUESTION_CHARS
_WRITTEN_IN = re.compile(r"data:[a-z0-9/+.-]{1,80};base64,[A-Za-z0-9+/=%\s]*", re.IGNORECASE)


def measured(source: str) -> str:
    """Return a text that is not too long to be read; ``data:`` files in it do not count.

    Raises:
        Refused: it is longer.
    """
    if len(source) > MAX_SOURCE_CHARS:
        size = len(_WRITTEN_IN.sub("", source))
        if size > MAX_SOURCE_CHARS:
            raise Refused("asked-text-long", size=size, limit=limits.MAX_QUESTION_CHARS)
    return source


class MediaCollector:
    """Takes the files of a bank's questions from their source, and puts them into the blobs."""

    def __init__(self, blobs: BlobStore, resolve: Resolve = lambda _address: None) -> None:
        self._blobs = blobs
        self.resolve = resolve
        self._taken: dict[str, tuple[FileRef, bytes]] = {}
        self._note: Callable[[str], None] = lambda _code: None

    def begin(self, note: Callable[[str], None]) -> None:
        """Begin a question: files that were taken for a refused question are forgotten."""
        self._taken = {}
        self._note = note

    def taken(self) -> tuple[FileRef, ...]:
        """Return the files of the question, in the order of its texts."""
        return tuple(ref for ref, _ in self._taken.values())

    def keep(self) -> None:
        """Put the files of the question into the blobs."""
        for ref, body in self._taken.values():
            if not self._blobs.has(ref.sha256):
                self._blobs.add_bytes(body)

    def harmless(self, source: str) -> str:
        """Return ``source`` as HTML that runs nothing and loads nothing from outside.

        Raises:
            Refused: it shows what we cannot show, or a file of it is missing or unfit.
        """
        source = _COMMENT.sub("", measured(source))
        if pages.shallow(source) != source:
            raise Refused("rich-unstable")
        if shown := _SHOWS.search(source):
            raise Refused("rich-element", tag=shown[1].lower())
        if _ACTS.search(source):
            self._note("note-script")
        source = _LINKED_SOUND.sub(_played, _AUDIO.sub(_plain_audio, source))
        source = _EQUATION.sub(_formula, source)
        cleaned = pages.sanitise(_SHOWN.sub(self._placed, source), self._known, sound=True)
        if _WITHOUT_FILE.search(cleaned):
            raise Refused("media-missing", path="…")
        for _ in range(_ROUNDS):
            again = pages.sanitise(cleaned, self._known, sound=True)
            if again == cleaned:
                return clean(cleaned, self._note).strip()
            cleaned = again
        raise Refused("rich-unstable")

    def _known(self, address: str) -> str | None:
        """Keep the address of a file of this question, and no other."""
        return address if address.removeprefix(MEDIA_URL) in self._taken else None

    def _placed(self, tag: re.Match[str]) -> str:
        """Take the file that a picture or sound shows. Done before ``pages.sanitise``, which never
        sees some addresses."""
        source = _SRC.search(tag[0])
        if not source:
            raise Refused("media-missing", path="…")
        address = html.unescape(source[1] or source[2] or source[3] or "")
        taken = self._take(address.strip()).sha256
        return f'{tag[0][: source.start()]}src="{MEDIA_URL}{taken}"{tag[0][source.end() :]}'

    def _take(self, source: str) -> FileRef:
        shown = unquote(source.strip())[:80] if not source.startswith("data:") else "data:"
        if re.match(r"\s*(https?:)?//", source, re.IGNORECASE):
            raise Refused("media-outside", path=shown)
        body = _of_data(source) if source.startswith("data:") else self.resolve(source)
        if body is None:
            raise Refused("media-missing", path=shown)
        ending = kind_of(body[:HEAD_BYTES])
        if not ending:
            raise Refused("media-kind", path=shown)
        limit = limits.MAX_PICTURE_BYTES if ending in PICTURES else limits.MAX_SOUND_BYTES
        if len(body) > limit:
            size = human_size(len(body))
            raise Refused("media-large", path=shown, size=size, limit=human_size(limit))
        sha = hashlib.sha256(body).hexdigest()
        ref = FileRef(f"media/{sha[:24]}{ending}", len(body), sha)
        return self._taken.setdefault(sha, (ref, body))[0]


def _of_data(address: str) -> bytes | None:
    head, comma, body = address.partition(",")
    if not comma:
        return None
    if not head.endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode("".join(unquote(body).split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _played(match: re.Match[str]) -> str:
    """Return a player in place of a link to a sound, as Moodle shows it."""
    return f'<audio src="{html.escape(html.unescape(match[1]))}"></audio> {match[2]}'


def _plain_audio(match: re.Match[str]) -> str:
    source = _SRC.search(match[1]) or _SRC.search(match[2])
    address = (source[1] or source[2] or source[3] or "") if source else ""
    return f'<audio src="{html.escape(html.unescape(address))}"></audio>'


def _formula(match: re.Match[str]) -> str:
    """Return a formula in place of its picture; any other picture stays."""
    tag = match[0].lower()
    is_formula = "data-equation-content=" in tag or ("equation_image" in tag and "latex:" in tag)
    return rf"\({match[1].strip()}\)" if is_formula and match[1].strip() else match[0]
