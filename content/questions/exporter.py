"""Exporter: a bank in another format, so that reading it gives the same bank (SPEC.md §9.8)."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from content.model import question_rules
from content.model.course import Question
from content.model.faults.faults import Fault
from content.model.limits import MAX_ZIP_ENTRIES
from content.model.refused import Refused
from content.questions.model.export_media import Media
from content.questions.model.identity import canonical, count_blanks
from content.questions.model.plain_text import has_invisible
from content.transfer.blobs import BlobStore

FORMATS = ("gift", "moodle-xml", "qti3", "xlsx")


def write(
    questions: Iterable[Question], format: str, path: Path, blobs: BlobStore
) -> tuple[Fault, ...]:
    """Write a bank; return a fault for each question that was left out.

    ``format`` is one of ``FORMATS``.
    """
    media = Media(blobs)
    faults: list[Fault] = []
    fit: list[Question] = []
    entries = 1
    for question in questions:
        written = canonical(question)
        try:
            check(written, media)
            if format == "qti3":  # a file for each question, and for each file that it shows
                entries += 1 + len(written.media)
                if entries >= MAX_ZIP_ENTRIES:
                    raise Refused("export-many", limit=MAX_ZIP_ENTRIES)
        except Refused as refused:
            faults.append(Fault(refused.code, path.name, 0, question.id, refused.values))
        else:
            fit.append(written)
    _write(fit, format, path, media)
    return tuple(faults)


def _write(questions: Sequence[Question], format: str, path: Path, media: Media) -> None:
    # Imported here, not above: a station lacks the libraries of some formats.
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
