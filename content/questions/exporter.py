"""Writing: a bank in a format of others, so that reading it gives the same bank (SPEC.md §9.8)."""

import base64
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from content.model import question_rules
from content.model.course import FileRef, Question
from content.model.faults.faults import Fault
from content.model.limits import MAX_ZIP_ENTRIES
from content.model.picture_sound import TYPES, ending_of
from content.questions.model.identity import canonical, count_blanks
from content.questions.model.plain_text import has_invisible
from content.questions.model.report import Refused
from content.transfer.blobs import BlobStore

FORMATS = ("gift", "moodle-xml", "qti3", "xlsx")
_SHOWN = re.compile(r'(?<= src=")/media/([0-9a-f]{64})(?=")')


class Media:
    """The files that questions show, out of the blobs."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def has(self, ref: FileRef) -> bool:
        """Tell whether the file is here."""
        return self._blobs.has(ref.sha256)

    def read(self, ref: FileRef) -> bytes:
        """Return what the file holds."""
        return self._blobs.path(ref.sha256).read_bytes()

    def data_address(self, ref: FileRef) -> str:
        """Return the file as an address that holds it."""
        body = base64.b64encode(self.read(ref)).decode("ascii")
        return f"data:{TYPES[ending_of(ref.path)]};base64,{body}"

    def named(self, text: str, question: Question, address: str) -> str:
        """Return a rich text with its files at other addresses: ``address`` before their names."""
        names = {ref.sha256: address + file_name(ref) for ref in question.media}
        return _SHOWN.sub(lambda found: names[found[1]], text)

    def embedded(self, text: str, question: Question) -> str:
        """Return a rich text that holds its files."""
        refs = {ref.sha256: ref for ref in question.media}
        return _SHOWN.sub(lambda found: self.data_address(refs[found[1]]), text)


def file_name(ref: FileRef) -> str:
    """Return the name that a file has in a bank that is written."""
    return f"{ref.sha256[:24]}{ending_of(ref.path)}"


def write(
    questions: Iterable[Question], format: str, path: Path, blobs: BlobStore
) -> tuple[Fault, ...]:
    """Write a bank; return why questions were left out, none if all are in it.

    ``format`` is one of ``FORMATS``.
    """
    media = Media(blobs)
    faults: list[Fault] = []
    fit: list[Question] = []
    entries = 1
    for question in questions:
        one = canonical(question)
        try:
            check(one, media)
            if format == "qti3":  # a file for each question, and for each that it shows
                entries += 1 + len(one.media)
                if entries >= MAX_ZIP_ENTRIES:
                    raise Refused("export-many", limit=MAX_ZIP_ENTRIES)
        except Refused as refused:
            faults.append(Fault(refused.code, path.name, 0, question.id, refused.values))
        else:
            fit.append(one)
    _write(fit, format, path, media)
    return tuple(faults)


def _write(questions: Sequence[Question], format: str, path: Path, media: Media) -> None:
    # Here, not above: a station has no library for some of them.
    if format == "gift":
        from content.questions.gift import writer as gift_writer

        gift_writer.write(questions, path, media)
    elif format == "moodle-xml":
        from content.questions.moodle import writer as moodle_writer

        moodle_writer.write(questions, path, media)
    elif format == "qti3":
        from content.questions.qti import writer as qti_writer

        qti_writer.write(questions, path, media)
    elif format == "xlsx":
        from content.questions.table import writer as table_writer

        table_writer.write(questions, path, media)
    else:
        raise ValueError(f"no such format: {format}")


def check(question: Question, media: Media) -> None:
    """Refuse a question that no format can carry."""

    def fault(code: str, _name: str = "", /, **values: str | int) -> None:
        raise Refused(code, **values)

    texts = (question.text, question.explain, question.answer, question.chapter)
    if any(has_invisible(text) for text in (*texts, *question.options, *question.prompts)):
        raise Refused("export-invisible")
    question_rules.check(question, fault)
    for ref in question.media:
        if not media.has(ref):
            raise Refused("export-media", path=ref.path)
    blanks = count_blanks(question.text, rich=question.rich)
    if question.type == "fill" and (blanks or 1) != question_rules.blanks_in(question.text):
        raise Refused("fill-blank", count=question_rules.blanks_in(question.text), answers=blanks)
