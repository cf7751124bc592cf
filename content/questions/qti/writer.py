"""QTI 3.0 export: a content package with one item a question (SPEC.md §9.8)."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from content.model.course import FileRef, Question
from content.questions.model.export_media import Media, file_name
from content.questions.model.html_text import as_html, pieces
from content.questions.model.identity import BLANK
from content.questions.model.tags import letters_of, tags_of
from content.questions.qti.html import BELOW, PLAIN, RICH
from sync.facts.grading import ESSAY, MATCHING, NUMBER, ORDERING, WORDINGS, accepted

_ITEM_NS = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_PACKAGE_NS = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_TEMPLATES = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/"
_SINGLE = re.compile(r"<(br|hr|img)\b([^<>]*?)/?>")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# The zip of one bank is the same, byte for byte, whenever it is written.
_WHEN = (1980, 1, 1, 0, 0, 0)
# type: (cardinality, base type) of its response
_RESPONSES = {
    "single": ("single", "identifier"),
    "truefalse": ("single", "identifier"),
    "multiple": ("multiple", "identifier"),
    "fill": ("single", "string"),
    "numeric": ("single", "float"),
    "matching": ("multiple", "directedPair"),
    "ordering": ("ordered", "identifier"),
    "essay": ("single", "string"),
}


def write(questions: Sequence[Question], path: Path, media: Media) -> None:
    """Write a package."""
    refs: dict[str, FileRef] = {ref.sha256: ref for question in questions for ref in question.media}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, data: str | bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, _WHEN), data, zipfile.ZIP_DEFLATED)

        put("imsmanifest.xml", "".join(_manifest(questions)))
        for number, question in enumerate(questions, 1):
            put(_item_name(number), _HEAD + "".join(_item(question, media)))
        for ref in refs.values():
            put(_file(ref), media.read(ref))


def _item_name(number: int) -> str:
    return f"items/{number:05}.xml"


def _file(ref: FileRef) -> str:
    return f"media/{file_name(ref)}"


def _manifest(questions: Sequence[Question]) -> Iterator[str]:
    yield f'{_HEAD}<manifest xmlns="{_PACKAGE_NS}" identifier="bank">\n<metadata>'
    yield "<schema>QTI Package</schema><schemaversion>3.0.0</schemaversion></metadata>\n"
    yield "<organizations/>\n<resources>\n"
    for number, question in enumerate(questions, 1):
        href = quoteattr(_item_name(number))
        yield f'<resource identifier="r{number}" type="imsqti_item_xmlv3p0" href={href}>'
        words = list(tags_of(question))
        words = [word for word in words if not word.startswith(("xz:order=", "xz:model="))]
        words += [f"xz:chapter={question.chapter}"] if question.chapter else []
        if words:
            keywords = "".join(
                f"<keyword><string>{escape(word)}</string></keyword>" for word in words
            )
            yield '<metadata><lom xmlns="http://ltsc.ieee.org/xsd/LOM">'
            yield f"<general>{keywords}</general></lom></metadata>"
        yield f"<file href={href}/>"
        yield from (f"<file href={quoteattr(_file(ref))}/>" for ref in question.media)
        yield "</resource>\n"
    yield "</resources>\n</manifest>\n"


def _item(question: Question, media: Media) -> Iterator[str]:
    bare = question.id if question.id[:1].isalpha() else f"_{question.id}"
    yield f'<qti-assessment-item xmlns="{_ITEM_NS}" identifier="{bare}" title="{bare}"'
    yield ' adaptive="false" time-dependent="false" xml:lang="zh-CN">\n'
    yield from _declarations(question)
    yield '<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>\n'
    yield '<qti-outcome-declaration identifier="WHY" cardinality="single"'
    yield ' base-type="identifier"/>\n'
    yield "<qti-item-body>" + "".join(_body(question, media)) + "</qti-item-body>\n"
    yield from _processing(question)
    if question.explain:
        yield '<qti-modal-feedback outcome-identifier="WHY" identifier="explain" show-hide="show">'
        yield f"<qti-content-body>{_block(question.explain, question, media)}</qti-content-body>"
        yield "</qti-modal-feedback>\n"
    yield "</qti-assessment-item>\n"


def _declarations(question: Question) -> Iterator[str]:
    cardinality, base = _RESPONSES[question.type]
    if question.type == "fill":
        for number, wordings in enumerate(accepted(question.answer), 1):
            entries = "".join(
                f'<qti-map-entry map-key={quoteattr(wording)} mapped-value="1"'
                ' case-sensitive="false"/>'
                for wording in wordings
            )
            mapping = f'<qti-mapping default-value="0">{entries}</qti-mapping>'
            yield _declaration(f"RESPONSE{number}", cardinality, base, wordings[:1], mapping)
        return
    yield _declaration("RESPONSE", cardinality, base, list(_correct(question)))


def _declaration(
    name: str, cardinality: str, base: str, correct: Sequence[str], more: str = ""
) -> str:
    values = "".join(f"<qti-value>{escape(value)}</qti-value>" for value in correct)
    right = f"<qti-correct-response>{values}</qti-correct-response>" if correct else ""
    return (
        f'<qti-response-declaration identifier="{name}" cardinality="{cardinality}"'
        f' base-type="{base}">{right}{more}</qti-response-declaration>\n'
    )


def _correct(question: Question) -> Iterator[str]:
    match question.type:
        case "truefalse":
            yield "true" if question.answer == "A" else "false"
        case "numeric":
            yield question.answer.removeprefix(NUMBER).partition(WORDINGS)[0].partition("~")[0]
        case "matching":
            for number, letter in enumerate(question.answer.removeprefix(MATCHING), 1):
                if letter != "-":
                    yield f"P{number} {letter}"
        case "essay":
            if question.answer != ESSAY:
                yield question.answer.removeprefix(ESSAY)
        case _:
            yield from question.answer.removeprefix(ORDERING)


def _body(question: Question, media: Media) -> Iterator[str]:
    if question.type == "fill":
        yield from _filled(question, media)
        return
    yield _block(question.text, question, media)
    match question.type:
        case "truefalse":
            names = {"true": question.options[0], "false": question.options[1]}
            yield _choices("choice", names, question, media, 'max-choices="1"')
        case "single" | "multiple" | "ordering":
            names = {chr(65 + n): option for n, option in enumerate(question.options)}
            kind = "order" if question.type == "ordering" else "choice"
            most = "" if kind == "order" else f'max-choices="{int(question.type == "single")}"'
            yield _choices(kind, names, question, media, most)
        case "matching":
            yield _matching(question, media)
        case "numeric":
            entry = '<qti-text-entry-interaction response-identifier="RESPONSE"/>'
            yield f'<div class="{BELOW}">{entry}</div>'
        case "essay":
            yield '<qti-extended-text-interaction response-identifier="RESPONSE"/>'


def _choices(kind: str, names: dict[str, str], question: Question, media: Media, more: str) -> str:
    shuffle = "true" if len(letters_of(question.answer)) > 1 and kind == "order" else "false"
    inside = "".join(
        f'<qti-simple-choice identifier="{name}">{_block(text, question, media)}'
        "</qti-simple-choice>"
        for name, text in names.items()
    )
    return (
        f'<qti-{kind}-interaction response-identifier="RESPONSE" shuffle="{shuffle}" {more}>'
        f"{inside}</qti-{kind}-interaction>"
    )


def _matching(question: Question, media: Media) -> str:
    def choices(names: Iterator[str], texts: Sequence[str], most: int) -> str:
        return (
            "<qti-simple-match-set>"
            + "".join(
                f'<qti-simple-associable-choice identifier="{name}" match-max="{most}">'
                f"{_block(text, question, media)}</qti-simple-associable-choice>"
                for name, text in zip(names, texts, strict=True)
            )
            + "</qti-simple-match-set>"
        )

    lefts = (f"P{number}" for number in range(1, len(question.prompts) + 1))
    rights = (chr(65 + place) for place in range(len(question.options)))
    return (
        '<qti-match-interaction response-identifier="RESPONSE" shuffle="true" max-associations="0">'
        + choices(lefts, question.prompts, 1)
        + choices(rights, question.options, 0)
        + "</qti-match-interaction>"
    )


def _filled(question: Question, media: Media) -> Iterator[str]:
    """The text of a fill-in with an entry in each blank, or one below it."""
    source = question.text
    if question.rich:
        source = media.named(source, question, "../media/")
    number = 0
    written = []
    for piece, seen in pieces(source, rich=question.rich):
        parts = piece.split(BLANK) if seen else [piece]
        for place, part in enumerate(parts):
            written.append(
                _markup(part) if question.rich else as_html(part).replace("<br>", "<br/>")
            )
            if place < len(parts) - 1:
                number += 1
                name = f"RESPONSE{number}"
                written.append(f'<qti-text-entry-interaction response-identifier="{name}"/>')
    kind = RICH if question.rich else PLAIN
    yield f'<div class="{kind}">{"".join(written)}</div>'
    if not number:
        entry = '<qti-text-entry-interaction response-identifier="RESPONSE1"/>'
        yield f'<div class="{BELOW}">{entry}</div>'


def _block(text: str, question: Question, media: Media) -> str:
    if not question.rich:
        return f'<div class="{PLAIN}">{as_html(text).replace("<br>", "<br/>")}</div>'
    named = media.named(text, question, "../media/")
    return f'<div class="{RICH}">{_markup(named)}</div>'


def _markup(text: str) -> str:
    """Harmless HTML as XML: single elements are closed, and ``&nbsp;`` is a number."""
    return _SINGLE.sub(r"<\1\2/>", text).replace("&nbsp;", "&#160;")


def _processing(question: Question) -> Iterator[str]:
    if question.type == "essay":
        return
    if question.type not in ("numeric", "fill"):
        yield f'<qti-response-processing template="{_TEMPLATES}match_correct"/>\n'
        return
    tests = list(_numbers(question) if question.type == "numeric" else _mapped(question))
    joined = "or" if question.type == "numeric" else "and"
    yield "<qti-response-processing><qti-response-condition><qti-response-if>"
    yield f"<qti-{joined}>{''.join(tests)}</qti-{joined}>"
    yield '<qti-set-outcome-value identifier="SCORE">'
    yield '<qti-base-value base-type="float">1</qti-base-value></qti-set-outcome-value>'
    yield "</qti-response-if></qti-response-condition></qti-response-processing>\n"


def _numbers(question: Question) -> Iterator[str]:
    for number in question.answer.removeprefix(NUMBER).split(WORDINGS):
        value, _, off = number.partition("~")
        yield (
            f'<qti-equal tolerance-mode="absolute" tolerance="{off or 0} {off or 0}">'
            '<qti-variable identifier="RESPONSE"/>'
            f'<qti-base-value base-type="float">{value}</qti-base-value></qti-equal>'
        )


def _mapped(question: Question) -> Iterator[str]:
    for number in range(1, len(accepted(question.answer)) + 1):
        yield (
            f'<qti-gt><qti-map-response identifier="RESPONSE{number}"/>'
            '<qti-base-value base-type="float">0</qti-base-value></qti-gt>'
        )
