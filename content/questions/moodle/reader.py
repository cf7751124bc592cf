"""Moodle XML: what Moodle exports, one ``<question>`` after the other (SPEC.md §9.6)."""

import base64
import binascii
import re
from decimal import Decimal, InvalidOperation
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from content.model.course import LETTERS
from content.model.limits import MAX_IMPORTED
from content.model.refused import Refused
from content.questions.model import tags
from content.questions.model.draft import Note, QuestionDraft, Words, labelled
from content.questions.model.html_text import plainly
from content.questions.model.report import Imported, ReadingReport, SourcePlace, noting, too_many
from content.questions.model.rich_text import MediaCollector, Resolve, measured
from content.questions.model.settle import to_question
from content.questions.moodle import cloze
from content.questions.moodle.text_formats import words_of
from content.text.xml_tree import child, children, line_of, local, said

PLUGIN_FILE = "@@PLUGINFILE@@/"
_FULL = Decimal(100)


def read(root: Element, file: str, shelf: MediaCollector) -> Imported:
    """Return the questions of a ``<quiz>``."""
    report = ReadingReport(file)
    chapter = ""
    for element in children(root, "question"):
        kind = element.attrib.get("type", "")
        if kind == "category":
            chapter = tags.chapter_of(said(child(element, "category", "text")))
            continue
        if report.total >= MAX_IMPORTED:
            raise too_many(file)
        name = " ".join(said(child(element, "name", "text")).split())
        place = SourcePlace(line_of(element), name)
        note = noting(report, place)
        own = _tags(element)
        try:
            shelf.resolve = _files(element)
            draft = _draft(element, kind, note)
            own.mark(draft, note)
            draft.chapter = chapter
            report.add(to_question(draft, shelf, note), own.id, place)
        except Refused as refused:
            report.refuse(refused, place)
    return report.outcome("moodle-xml")


def _draft(element: Element, kind: str, note: Note) -> QuestionDraft:
    makers = {
        "multichoice": _choices,
        "multichoiceset": _choices,
        "oumultiresponse": _choices,
        "truefalse": _true_or_false,
        "shortanswer": _short,
        "numerical": _numeric,
        "matching": _matching,
        "match": _matching,
        "ordering": _ordering,
        "essay": _essay,
        "cloze": _cloze,
    }
    if kind == "description":
        raise Refused("asked-description")
    if kind not in makers:
        raise Refused("asked-type-foreign", type=kind[:40])
    draft = makers[kind](element, _words(child(element, "questiontext")), note)
    general = _words(child(element, "generalfeedback"))
    if general.source:
        draft.explain.append(general)
    if any(said(child(hint, "text")).strip() for hint in children(element, "hint")):
        note("note-hints")
    return draft


def _choices(element: Element, text: Words, note: Note) -> QuestionDraft:
    answers = list(children(element, "answer"))
    single = element.attrib.get("type") == "multichoice" and (
        said(child(element, "single")).strip().lower() not in ("false", "0")
    )
    worth = [_fraction(answer) for answer in answers]
    right = [n for n, w in enumerate(worth) if (w == _FULL if single else w > 0)]
    if single and any(0 < share < _FULL for share in worth):
        note("note-partial")
    if not single and {share for share in worth if share <= 0} - {Decimal(0), -_FULL}:
        note("note-penalty")
    draft = QuestionDraft("single" if single else "multiple", text, right=right)
    draft.options = [_words(answer) for answer in answers]
    if not single and len(right) == 1:
        note("note-one-of-several")
        draft.kind = "single"
    for letter, answer in zip(LETTERS, answers, strict=False):
        _feedback(draft, letter, answer)
    _combined(element, note)
    return draft


def _true_or_false(element: Element, text: Words, note: Note) -> QuestionDraft:
    draft = QuestionDraft("truefalse", text)
    for answer in children(element, "answer"):
        side = said(child(answer, "text")).strip().lower()
        if side not in ("true", "false"):
            raise Refused("asked-answer-unknown", answer=side[:40])
        place = 0 if side == "true" else 1
        if _fraction(answer) == _FULL:
            draft.right.append(place)
        _feedback(draft, LETTERS[place], answer)
    return draft


def _short(element: Element, text: Words, note: Note) -> QuestionDraft:
    draft = QuestionDraft("fill", text)
    wordings = []
    for answer in children(element, "answer"):
        wording, worth = said(child(answer, "text")).strip(), _fraction(answer)
        _feedback(draft, wording, answer)
        if worth == _FULL:
            wordings.append(without_wildcard(wording))
        elif worth > 0:
            note("note-partial")
    if said(child(element, "usecase")).strip() == "1":
        note("note-case")
    draft.blanks = [wordings]
    return draft


def without_wildcard(wording: str) -> str:
    """Return a wording with ``\\*`` as a star. Raises ``Refused`` on ``*``, which is any text."""
    if re.search(r"(?<!\\)\*", wording):
        raise Refused("asked-wildcard", answer=wording[:40])
    return wording.replace(r"\*", "*")


def _numeric(element: Element, text: Words, note: Note) -> QuestionDraft:
    draft = QuestionDraft("numeric", text)
    units = [unit for unit in children(child(element, "units"), "unit")]
    if units and said(child(element, "unitgradingtype")).strip() not in ("", "0"):
        raise Refused("asked-units")
    if units:
        note("note-units")
    for answer in children(element, "answer"):
        value, worth = said(child(answer, "text")).strip(), _fraction(answer)
        if worth == _FULL:
            draft.numbers.append((value, said(child(answer, "tolerance")).strip() or "0"))
        elif worth > 0:
            note("note-partial")
        _feedback(draft, value, answer)
    return draft


def _matching(element: Element, text: Words, note: Note) -> QuestionDraft:
    draft = QuestionDraft("matching", text)
    places: dict[str, int] = {}
    for pair in children(element, "subquestion"):
        left, right = _words(pair), _words(child(pair, "answer"), "plain")
        key = plainly(right.source) or right.source
        if key and key not in places:
            places[key] = len(places)
            draft.options.append(right)
        if left.source.strip():
            draft.prompts.append(left)
            draft.pairs.append(places.get(key))
    _combined(element, note)
    return draft


def _ordering(element: Element, text: Words, note: Note) -> QuestionDraft:
    # Answers stand in the right order; "fraction" counts them.
    options = [_words(answer) for answer in children(element, "answer")]
    _combined(element, note)
    return QuestionDraft("ordering", text, options, order=list(range(len(options))))


def _essay(element: Element, text: Words, note: Note) -> QuestionDraft:
    model = _words(child(element, "graderinfo"))
    plain = plainly(model.source) if model.html else model.source
    draft = QuestionDraft("essay", text, model=plain or "")
    if plain is None:  # more than text: it goes into the explanation
        draft.explain.append(model)
    if said(child(element, "responsetemplate", "text")).strip():
        note("note-template")
    return draft


def _cloze(element: Element, text: Words, note: Note) -> QuestionDraft:
    measured(text.source)
    return cloze.draft_of(text, note)


def _words(element: Element | None, default: str = "moodle") -> Words:
    if element is None:
        return Words()
    text = child(element, "text")
    source = said(text) if text is not None else (element.text or "")
    return words_of(source, element.attrib.get("format", default))


def _fraction(answer: Element) -> Decimal:
    try:
        return Decimal(answer.attrib.get("fraction", "0").strip())
    except InvalidOperation:
        return Decimal(0)


def _feedback(draft: QuestionDraft, whom: str, answer: Element) -> None:
    words = _words(child(answer, "feedback"))
    if words.source.strip():
        draft.explain.append(labelled(whom, words))


def _combined(element: Element, note: Note) -> None:
    """Note feedback on right, partly right and wrong answers, unless it is Moodle's own words."""
    for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        if not re.fullmatch(
            r"(?:<p>)?\s*(?:Your answer is (?:partially )?(?:in)?correct\.)?\s*(?:</p>)?",
            said(child(element, name, "text")).strip(),
        ):
            note("note-feedback")


def _files(element: Element) -> Resolve:
    """Return a function that finds a question's files by the addresses in its texts."""
    files: dict[str, bytes] = {}
    for node in element.iter():
        if local(node) != "file" or node.attrib.get("encoding") != "base64":
            continue
        path = (node.attrib.get("path") or "/").strip("/")
        name = f"{path}/{node.attrib.get('name', '')}".lstrip("/")
        try:
            files[name] = base64.b64decode("".join((node.text or "").split()), validate=True)
        except (binascii.Error, ValueError):
            continue  # a text that shows it is refused: the file is missing

    def resolve(address: str) -> bytes | None:
        if not address.startswith(PLUGIN_FILE):
            return None
        return files.get(unquote(address.removeprefix(PLUGIN_FILE).partition("?")[0]))

    return resolve


def _tags(element: Element) -> tags.Tags:
    listed = [said(child(tag, "text")).strip() for tag in children(child(element, "tags"), "tag")]
    return tags.Tags.of(listed, said(child(element, "idnumber")).strip())
