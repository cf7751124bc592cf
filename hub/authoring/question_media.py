"""Question media: the pictures and sounds of a question while it is being written.

In the form a text has a mark such as ``[[图1]]`` where it shows a file; the files stand beside
with their alternative texts. What may be shown is judged by ``content.questions.model.rich_text``,
as in every import; the page is ``hub.web.authoring.questions``.
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
# The address of a file that was handed in and is in no question yet.
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

# Gives the bytes of a file that was handed in, by its token; None when it is there no more.
Fresh = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """One file of a question: ``file`` is its SHA-256, or ``fresh:`` and the token of an upload.

    ``size`` keeps the width and the height that its author gave a picture, "120x80".
    """

    number: int
    file: str
    alt: str = ""
    size: str = ""
    sound: bool = False

    @property
    def mark(self) -> str:
        """What stands in a text where the file is shown."""
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

    def mark(found: re.Match[str]) -> str:
        said = dict(_VALUE.findall(found[1] or found[2] or ""))
        sha = said.get("src", "").removeprefix(MEDIA_URL)
        sizes = [html.unescape(said.get(name, "")) for name in ("width", "height")]
        sizes = [size if _LENGTH.fullmatch(size) else "" for size in sizes]
        size = "x".join(sizes) if any(sizes) else ""
        alt = html.unescape(said.get("alt", ""))[:MAX_ALT_CHARS]
        new = QuestionFile(len(seen) + 1, sha, alt, size, endings.get(sha) in SOUNDS)
        same = next((one for one in seen if replace(one, number=new.number) == new), None)
        if same is None:
            seen.append(new)
        return (same or new).mark

    marked = {name: _SHOWN.sub(mark, text) for name, text in texts.items()}
    plain = {name: plainly(text) for name, text in marked.items()}
    files = {f"{name}-{one.number}": getattr(one, name) for one in seen for name in _KEPT}
    bare = {name: text for name, text in plain.items() if text is not None}
    formatted = len(bare) < len(plain)
    return (marked if formatted else bare) | files, formatted


def shown_in(fields: Mapping[str, str], before: Question, fresh: Fresh) -> list[QuestionFile]:
    """Return the files of a form: those of ``before`` and what was handed in, nothing else."""
    endings = {ref.sha256: ending_of(ref.path) for ref in before.media}
    found = []
    for number, name in enumerate(FILES, 1):
        one = QuestionFile(number, fields.get(name, ""))
        if one.token:
            ending = kind_of(fresh(one.token) or b"")
        elif one.file in endings:
            ending = endings[one.file]
        else:
            continue
        alt = " ".join(fields.get(f"alt-{number}", "").translate(_ANGLES).split())
        size = fields.get(f"size-{number}", "")
        found.append(replace(one, alt=alt[:MAX_ALT_CHARS], size=size, sound=ending in SOUNDS))
    return found


def put_in(text: str, files: list[QuestionFile], *, formatted: bool) -> tuple[str, bool]:
    """Return a text of the form with its files in the place of their marks; True for HTML.

    A mark that stands for no file stays, as text.
    """
    known = {one.number: one for one in files}
    if not any(int(found[1]) in known for found in MARK.finditer(text)):
        return text, formatted

    def show(found: re.Match[str]) -> str:
        one = known.get(int(found[1]))
        return _element(one) if one else found[0]

    return MARK.sub(show, text if formatted else as_html(text.strip())), True


def unknown_marks(text: str, files: list[QuestionFile]) -> list[str]:
    """Return the marks of a text for which there is no file."""
    known = {one.number for one in files}
    return [found[0] for found in MARK.finditer(text) if int(found[1]) not in known]


def numbers_in(*texts: str) -> set[int]:
    """Return the numbers of all marks of some texts."""
    return {int(found[1]) for text in texts for found in MARK.finditer(text)}


def without(text: str, number: int) -> str:
    """Return a text without the marks of one file."""
    bare = MARK.sub(lambda found: "" if int(found[1]) == number else found[0], text)
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
        said = {"size": human_size(size), "limit": human_size(limit)}
        raise Refused("media-large", path=name[:80], **said)
    return ending in SOUNDS


def address_of(data: bytes) -> str:
    """Return the address under which pages show a file with these bytes once it is kept."""
    return MEDIA_URL + hashlib.sha256(data).hexdigest()


def _element(one: QuestionFile) -> str:
    address = html.escape(one.file if one.token else MEDIA_URL + one.file)
    if one.sound:
        return f'<audio src="{address}"></audio>'
    size = _SIZE.fullmatch(one.size)
    sides = zip(("width", "height"), size.groups() if size else ("", ""), strict=True)
    more = "".join(f' {name}="{value}"' for name, value in sides if _LENGTH.fullmatch(value))
    alt = f' alt="{html.escape(one.alt)}"' if one.alt else ""
    return f'<img src="{address}"{alt}{more}>'
