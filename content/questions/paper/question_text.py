"""Question text: what a line adds to the question that is open (SPEC.md §9.9)."""

import re
from dataclasses import replace

from content.model.course import LETTERS
from content.questions.paper import lookahead, options
from content.questions.paper.lines import LineLabel, PaperLine, labels_of
from content.questions.paper.lookahead import Cursor
from content.questions.paper.options import Marker, Unclear
from content.questions.paper.question_start import loose
from content.questions.paper.scan_state import (
    FieldGoesOn,
    OpenQuestion,
    OptionBegins,
    OptionGoesOn,
    Outputs,
    Part,
    PartsLost,
    QuestionUnclear,
    ScanState,
    StemGoesOn,
    Step,
)
from content.word.flow import Flow

# A line that was broken at the edge of the page has at least this many characters.
_BROKEN_CHARS = 25
_OPTIONS_UNCLEAR = QuestionUnclear("paper-options-unclear")

Addition = tuple[OpenQuestion, Outputs]


def go_on(state: ScanState, question: OpenQuestion, here: Cursor) -> Step:
    """Return what a line adds to the question, if it begins neither a question nor a section."""
    line = here.line
    if labels_of(line.text) or _option_at(question, line.text, here):
        question, outputs = add_words(question, here, 0)
        return replace(state, now=question), outputs
    doubt = _doubt(question, line.text)
    if question.part is Part.STEM or question.in_fields and _text_goes_on(state, question):
        question, outputs = _add_text(question, question.part, line.flow)
        return replace(state, now=question), (*doubt, *_lost(line), *outputs)
    if question.part is Part.OPTIONS and _is_broken(state, here):
        return state, (*doubt, OptionGoesOn(line.flow), *_lost(line))
    state, outputs = loose(state, here)
    return state, (*doubt, *outputs)


def _text_goes_on(state: ScanState, question: OpenQuestion) -> bool:
    if question.part is Part.EXPLANATION or state.is_written:
        return True
    return not state.section.kind and not question.letters


def _is_broken(state: ScanState, here: Cursor) -> bool:
    """Whether a line is the rest of the one before: broken by hand, or at the edge."""
    if here.before.at == here.line.at:
        return True
    full = len(here.before.text) >= _BROKEN_CHARS
    return full and not state.after_blank and not here.line.lost


def add_words(question: OpenQuestion, here: Cursor, begin: int) -> Addition:
    """Take a line from ``begin`` on: words, options, and what labels say."""
    line = here.line
    labels = labels_of(line.text[begin:])
    end = begin + labels[0].begin if labels else len(line.text)
    outputs = _lost(line)
    if line.text[begin:end].strip() or not labels:
        question, words = _add_plain(question, line.cut(begin, end), here)
        outputs += words
    for label in labels:
        flow = line.flow.cut(begin + label.text_begin, begin + label.end)
        question, field = _add_labelled(question, label, flow)
        outputs += field
    return question, outputs


def _add_plain(question: OpenQuestion, part: PaperLine, here: Cursor) -> Addition:
    """Words without labels: options, or more of what was read last."""
    doubt = _doubt(question, part.text)
    marker = _option_at(question, part.text, here)
    if marker is None and question.part is Part.STEM and not question.letters:
        marker = options.within(part.text, 1, lookahead.following(here))
    if marker is None:
        to = Part.STEM if question.part is Part.OPTIONS else question.part
        question, outputs = _add_text(question, to, part.flow)
        return question, (*doubt, *outputs)
    stem = (StemGoesOn(part.flow.cut(0, marker.begin).strip()),) if marker.begin else ()
    question, outputs = _add_options(question, part, marker, here)
    return question, (*doubt, *stem, *outputs)


def _takes_options(question: OpenQuestion) -> bool:
    """Whether an option may follow: not after the answer to options, nor in an explanation."""
    if question.part is Part.ANSWER:
        return not question.letters
    return question.part is not Part.EXPLANATION


def _doubt(question: OpenQuestion, text: str) -> Outputs:
    """A line that begins with the letter of an earlier option makes all options unclear."""
    letter = options.any_first(text).upper()
    twice = bool(letter) and letter in question.letters and _takes_options(question)
    return (_OPTIONS_UNCLEAR,) if twice else ()


def _option_at(question: OpenQuestion, text: str, here: Cursor) -> Marker | None:
    """Return the option that begins a line, if one may begin here."""
    if not _takes_options(question):
        return None
    if not question.letters:
        bare = options.bare_first(text, "A")
        goes_on = bare and options.bare_first(lookahead.following(here), "B")
        return (
            options.first_of(text, "A")
            or options.first_of(text, "a")
            or (bare if goes_on else None)
        )
    due = LETTERS[LETTERS.index(question.letters[-1]) + 1 :][:1]
    letter = options.any_first(text)
    if not letter:
        return options.bare_first(text, due) if question.bare and due else None
    new = letter.upper() > "A" and letter.upper() not in question.letters
    return options.first_of(text, letter) if new or letter.upper() == due else None


def _add_options(question: OpenQuestion, part: PaperLine, marker: Marker, here: Cursor) -> Addition:
    """The options of a line, from the first on. Of bare letters there is one on a line."""
    bare = question.bare or not re.search(r"[.、:)]", part.text[marker.begin : marker.end])
    whole = [(marker.letter, marker.end, len(part.text))]
    doubt: Outputs = ()
    try:
        split = options.split(part.text, marker, lookahead.following(here))
    except Unclear:
        split, doubt = whole, (_OPTIONS_UNCLEAR,)
    begun = [
        OptionBegins(letter, part.flow.cut(begin, end).strip())
        for letter, begin, end in (whole if bare else split)
    ]
    letters = question.letters + "".join(option.letter for option in begun)
    question = replace(question, part=Part.OPTIONS, bare=bare, letters=letters, complete=True)
    return question, (*doubt, *begun)


def _add_labelled(question: OpenQuestion, label: LineLabel, flow: Flow) -> Addition:
    part = Part.EXPLANATION if label.field in ("explain", "basis") else Part.ANSWER
    answered = question.answered or label.field == "answer"
    question = replace(question, part=part, answered=answered, complete=True)
    return question, (FieldGoesOn(label.field, flow.strip()),)


def _add_text(question: OpenQuestion, to: Part, flow: Flow) -> Addition:
    if to is Part.STEM:
        return question, (StemGoesOn(flow.strip()),)
    answered = question.answered or to is Part.ANSWER
    question = replace(question, answered=answered, complete=True)
    return question, (FieldGoesOn(to.value, flow.strip()),)


def _lost(line: PaperLine) -> Outputs:
    return (PartsLost(line.lost),) if line.lost else ()
