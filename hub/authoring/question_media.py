"""Question media: the pictures and sounds of a question while it is being written.

In the form a text has a mark such as ``[[图1]]`` where it shows a file. The files are listed next
to it with their alternative texts. ``content.questions.model.rich_text`` decides what may be shown,
as in every import. The page is in ``hub.web.authoring.questions``.
"""

import hashlib
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from content.model import limits
from content.model.checks.markup import MEDIA_URL
from content.model.checks.paths import human_size
from content.model.course import Question
from content.model.limits import MAX_QUESTION_MEDIA
from content.model.picture_sound import SOUNDS, ending_of, kind_of
from content.model.refused import Refused
from content.questions.model.html_text import as_html, plainly

MARK = re.compile(r"\[\[\s*(?:图|音)\s*(\d{1,2})\s*\]\]")
# Alternative texts are read aloud: a sentence, not a page.
MAX_ALT_CHARS = 200
# Begins the address of a file that was uploaded and is in no question yet.
FRESH = "fresh:"
_KEPT = ("file", "alt", "size")
FILES = tuple(f"file-{n}" for n in range(1, MAX_QUESTION_MEDIA + 1))
FIELDS = tuple(f"{name}-{n}" for n in range(1, MAX_QUESTION_MEDIA + 1) for name in _KEPT)

_SHOWN = re.compile(r"<img\b([^<>]*)>|<audio\b([^<>]*)></audio>")
_VALUE = re.compile(r'\b(src|alt|width|height)="([^"]*)"')
_LENGTH = re.compile(r"\d{1,4}(?:\.\d{1,2})?(?:px|%)?")
# No attribute holds these (content.text.pages).
_ANGLES = str.maketrans("<>", "＜＞")
_SIZE = re.compile(r"([\d.px%]*)x([\d.px%]*)")

# Gives the bytes of an uploaded file by its token; None when it is gone.
Fresh = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """One file of a question: ``file`` is its SHA-256, or ``fresh:`` and the token of an upload.

    ``size``: width and height that the author gave a picture, such as "120x80".
    """

    number: int
    file: str
    alt: str = ""
    size: str = ""
    sound: bool = False

    @property
    def mark(self) -> str:
        """The mark in a text where the file is shown."""
        return f"[[{'音' if self.sound else '图'}{self.number}]]"

    @property
    def token(self) -> str:
        """The token of an upload; "" for a file that the question has already."""
        return self.file[len(FRESH) :] if self.file.startswith(FRESH) else ""


def opened(question: Question, texts: Mapping[str, str]) -> tuple[dict[str, str], bool]:
    """Return the texts with marks and the fields of the files; True where the texts are HTML."""
    if not question.rich:
        return dict(texts), False
    endings = {ref.sha256: ending_of(ref.path) for ref in question.media}
    seen: list[QuestionFile] = []

    def mark(element: re.Match[str]) -> str:
        attributes = dict(_VALUE.findall(element[1] or element[2] or ""))
        sha = attributes.get("src", "").removeprefix(MEDIA_URL)
        sizes = [html.unescape(attributes.get(name, "")) for name in ("width", "height")]
        sizes = [size if _LENGTH.fullmatch(size) else "" for size in sizes]
        size = "x".join(sizes) if any(sizes) else ""
        alt = html.unescape(attributes.get("alt", ""))[:MAX_ALT_CHARS]
        new = QuestionFile(len(seen) + 1, sha, alt, size, endings.get(sha) in SOUNDS)
        same = next((file for file in seen if replace(file, number=new.number) == new), None)
        if same is None:
            seen.append(new)
        return (same or new).mark

    marked = {name: _SHOWN.sub(mark, text) for name, text in texts.items()}
    plain = {name: plainly(text) for name, text in marked.items()}
    files = {f"{name}-{file.number}": getattr(file, name) for file in seen for name in _KEPT}
    bare = {name: text for name, text in plain.items() if text is not None}
    formatted = len(bare) < len(plain)
    return (marked if formatted else bare) | files, formatted


def shown_in(fields: Mapping[str, str], before: Question, fresh: Fresh) -> list[QuestionFile]:
    """Return the files of a form: those of ``before`` and uploaded ones, nothing else."""
    endings = {ref.sha256: ending_of(ref.path) for ref in before.media}
    files = []
    for number, name in enumerate(FILES, 1):
        file = QuestionFile(number, fields.get(name, ""))
        if file.token:
            ending = kind_of(fresh(file.token) or b"")
        elif file.file in endings:
            ending = endings[file.file]
        else:
            continue
        alt = " ".join(fields.get(f"alt-{number}", "").translate(_ANGLES).split())
        size = fields.get(f"size-{number}", "")
        files.append(replace(file, alt=alt[:MAX_ALT_CHARS], size=size, sound=ending in SOUNDS))
    return files


def put_in(text: str, files: list[QuestionFile], *, formatted: bool) -> tuple[str, bool]:
    """Return a text of the form with files in place of their marks; True for HTML.

    A mark without a file stays as text.
    """
    known = {file.number: file for file in files}
    if not any(int(mark[1]) in known for mark in MARK.finditer(text)):
        return text, formatted

    def show(mark: re.Match[str]) -> str:
        file = known.get(int(mark[1]))
        return _element(file) if file else mark[0]

    return MARK.sub(show, text if formatted else as_html(text.strip())), True


def unknown_marks(text: str, files: list[QuestionFile]) -> list[str]:
    """Return the marks of a text that have no file."""
    known = {file.number for file in files}
    return [mark[0] for mark in MARK.finditer(text) if int(mark[1]) not in known]


def numbers_in(*texts: str) -> set[int]:
    """Return the numbers of all marks of some texts."""
    return {int(mark[1]) for text in texts for mark in MARK.finditer(text)}


def without(text: str, number: int) -> str:
    """Return a text without the marks of one file."""
    bare = MARK.sub(lambda mark: "" if int(mark[1]) == number else mark[0], text)
    return bare.strip() if bare != text else text


def check_file(head: bytes, size: int, name: str) -> bool:
    """Tell whether a file with these first bytes is a sound; it is a picture otherwise.

    Raises:
        Refused: it is neither, whatever its name says, or too large.
    """
    ending = kind_of(head)
    if not ending:
        raise Refused("media-kind", path=name[:80])
    limit = limits.MAX_SOUND_BYTES if ending in SOUNDS else limits.MAX_PICTURE_BYTES
    if size > limit:
        sizes = {"size": human_size(size), "limit": human_size(limit)}
        raise Refused("media-large", path=name[:80], **sizes)
    return ending in SOUNDS


def address_of(data: bytes) -> str:
    """Return the address under which pages show a file with these bytes once it is kept."""
    return MEDIA_URL + hashlib.sha256(data).hexdigest()


def _element(file: QuestionFile) -> str:
    address = html.escape(file.file if file.token else MEDIA_URL + file.file)
    if file.sound:
        return f'<audio src="{address}"></audio>'
    size = _SIZE.fullmatch(file.size)
    sides = zip(("width", "height"), size.groups() if size else ("", ""), strict=True)
    more = "".join(f' {name}="{value}"' for name, value in sides if _LENGTH.fullmatch(value))
    alt = f' alt="{html.escape(file.alt)}"' if file.alt else ""
    return f'<img src="{address}"{alt}{more}>'
