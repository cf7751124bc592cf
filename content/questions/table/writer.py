"""xlsx export: one row a question, the usual Chinese headings (SPEC.md §9.8).

Every cell is stored as text: nothing that begins with ``=`` is a formula. Files of rich texts
stand in a second sheet, as base64.
"""

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from content.model.course import TRUE_FALSE, FileRef, Question, QuestionType
from content.questions.model.export_media import Media, file_name
from content.questions.model.tags import see_text
from content.questions.table.columns import option_field, prompt_field
from content.questions.table.media import MEDIA_HEADINGS, MEDIA_SHEET, PIECE_CHARS
from content.questions.table.table_rows import EXACT, EXACT_HTML
from sync.facts.grading import ESSAY, MATCHING, NUMBER, ORDERING, WORDINGS, accepted

TYPES: dict[QuestionType, str] = {
    "single": "单选题",
    "multiple": "多选题",
    "truefalse": "判断题",
    "fill": "填空题",
    "numeric": "数值题",
    "matching": "匹配题",
    "ordering": "排序题",
    "essay": "简答题",
}
_BEFORE = ("id", "type", "text")
_AFTER = ("answer", "explain", "chapter", "difficulty", "see", "format")
_HEADINGS = {"id": "编号", "type": "题型", "text": "题干", "answer": "答案", "explain": "解析"} | {
    "chapter": "章节", "difficulty": "难度", "see": "回看", "format": "格式",
}  # fmt: skip
_WIDTHS = {"id": 16, "type": 8, "text": 50, "answer": 12, "explain": 40, "chapter": 20}


def write(questions: Sequence[Question], path: Path, media: Media) -> None:
    """Write an xlsx workbook."""
    # Imported here, not above: only the hub has this library.
    import xlsxwriter

    options = max(
        (len(question.options) for question in questions if question.type != "truefalse"), default=0
    )
    prompts = max((len(question.prompts) for question in questions), default=0)
    fields = [*_BEFORE, *map(option_field, range(max(4, options)))]
    fields += [*map(prompt_field, range(prompts)), *_AFTER]
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        wrap.set_align("top")
        sheet = book.add_worksheet("题目")
        sheet.freeze_panes(1, 0)
        for column, field in enumerate(fields):
            sheet.set_column(column, column, _WIDTHS.get(field, 14))
            sheet.write_string(0, column, _heading(field), bold)
        for row, question in enumerate(questions, 1):
            texts = dict(_said(question, media))
            for column, field in enumerate(fields):
                if texts.get(field):
                    sheet.write_string(row, column, texts[field], wrap)
        _write_media(book, questions, media)


def _heading(field: str) -> str:
    if field.startswith("option_"):
        return f"选项{field[-1].upper()}"
    return _HEADINGS.get(field) or f"左项{field.rpartition('_')[2]}"


def _said(question: Question, media: Media) -> Iterator[tuple[str, str]]:
    def shown(text: str) -> str:
        return media.named(text, question, "") if question.rich else text

    yield "id", question.id
    yield "type", TYPES[question.type]
    yield "text", shown(question.text)
    if question.type != "truefalse":
        for place, option in enumerate(question.options):
            yield option_field(place), shown(option)
    for place, prompt in enumerate(question.prompts):
        yield prompt_field(place), shown(prompt)
    yield "answer", _answer(question)
    yield "explain", shown(question.explain)
    yield "chapter", question.chapter
    yield "difficulty", str(question.difficulty) if question.difficulty else ""
    yield "see", see_text(question) if question.see_item else ""
    yield "format", EXACT_HTML if question.rich else EXACT


def _answer(question: Question) -> str:
    match question.type:
        case "truefalse":
            return TRUE_FALSE[question.answer == "B"]
        case "fill":
            return "\n".join(WORDINGS.join(wordings) for wordings in accepted(question.answer))
        case "numeric":
            return question.answer.removeprefix(NUMBER).replace("~", "±")
        case "matching" | "ordering":
            return question.answer.removeprefix(MATCHING).removeprefix(ORDERING)
        case "essay":
            return question.answer.removeprefix(ESSAY)
        case _:
            return question.answer


def _write_media(book: Any, questions: Sequence[Question], media: Media) -> None:
    refs: dict[str, FileRef] = {ref.sha256: ref for question in questions for ref in question.media}
    if not refs:
        return
    sheet = book.add_worksheet(MEDIA_SHEET)
    rows: list[tuple[str, str, str]] = [MEDIA_HEADINGS]
    for ref in refs.values():
        body = base64.b64encode(media.read(ref)).decode("ascii")
        for number, at in enumerate(range(0, len(body), PIECE_CHARS)):
            rows.append((file_name(ref), str(number), body[at : at + PIECE_CHARS]))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text)
