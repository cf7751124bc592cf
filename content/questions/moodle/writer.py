"""Moodle XML export, with files, ids and tags as Moodle has them (SPEC.md §9.8).

Cloze is Moodle's only fill-in with several blanks, so those are written as Cloze.
"""

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from content.model.course import Question
from content.questions.model.export_media import Media, file_name
from content.questions.model.html_text import pieces
from content.questions.model.identity import BLANK
from content.questions.model.tags import category_of, letters_of, listed, tags_of
from content.questions.moodle.reader import PLUGIN_FILE
from sync.facts.grading import ESSAY, MATCHING, NUMBER, WORDINGS, accepted

_TYPES = {"single": "multichoice", "multiple": "multichoice", "numeric": "numerical"}


def write(questions: Sequence[Question], path: Path, media: Media) -> None:
    """Write a Moodle XML file."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n')
        chapter = ""
        for question in questions:
            if question.chapter != chapter:
                chapter = question.chapter
                file.write('<question type="category"><category>')
                file.write(f"{_text(category_of(chapter))}</category></question>\n")
            file.write("".join(_question(question, media)))
        file.write("</quiz>\n")


def _question(question: Question, media: Media) -> Iterator[str]:
    several = question.type == "fill" and len(accepted(question.answer)) > 1
    kind = "cloze" if several else _TYPES.get(question.type, question.type)
    if question.type == "fill" and not several:
        kind = "shortanswer"
    texts = _Texts(question, media)
    yield f'<question type="{kind}">\n<name>{_text(question.id)}</name>\n'
    asked = _with_cloze(question) if several else question.text
    yield texts.element("questiontext", asked, files=True)
    yield texts.element("generalfeedback", question.explain)
    yield f"<idnumber>{escape(question.id)}</idnumber>\n"
    yield from _answers(question, texts)
    tags = "".join(f"<tag>{_text(tag)}</tag>" for tag in _tags(question))
    yield f"<tags>{tags}</tags>\n</question>\n"


def _tags(question: Question) -> Iterator[str]:
    # Moodle has a field for the model answer.
    return (tag for tag in tags_of(question) if not tag.startswith("xz:model="))


def _answers(question: Question, texts: "_Texts") -> Iterator[str]:
    match question.type:
        case "single" | "multiple":
            yield from _choices(question, texts)
        case "truefalse":
            for side, letter in (("true", "A"), ("false", "B")):
                worth = 100 if question.answer == letter else 0
                yield f'<answer fraction="{worth}">{_text(side)}</answer>\n'
        case "matching":
            yield from _pairs(question, texts)
        case "ordering":
            for number, option in enumerate(listed(question)[0], 1):
                yield texts.element("answer", option, f' fraction="{number}"')
        case _:
            yield from _typed(question)


def _typed(question: Question) -> Iterator[str]:
    """Answers that learners write."""
    match question.type:
        case "fill" if len(accepted(question.answer)) == 1:
            yield "<usecase>0</usecase>\n"
            for wording in accepted(question.answer)[0]:
                text = _text(wording.replace("*", r"\*"))
                yield f'<answer fraction="100" format="plain_text">{text}</answer>\n'
        case "numeric":
            for number in question.answer.removeprefix(NUMBER).split(WORDINGS):
                value, _, off = number.partition("~")
                tolerance = f"<tolerance>{off or '0'}</tolerance>"
                yield f'<answer fraction="100">{_text(value)}{tolerance}</answer>\n'
        case "essay":
            model = question.answer.removeprefix(ESSAY)
            yield f'<graderinfo format="plain_text">{_text(model)}</graderinfo>\n'


def _choices(question: Question, texts: "_Texts") -> Iterator[str]:
    right = letters_of(question.answer)
    single = question.type == "single"
    share = f"{100 / len(right):.5f}".rstrip("0").rstrip(".")
    yield f"<single>{'true' if single else 'false'}</single>\n"
    yield "<shuffleanswers>true</shuffleanswers>\n<answernumbering>ABCD</answernumbering>\n"
    for place, option in enumerate(question.options):
        worth = share if place in right else "0" if single else "-100"
        yield texts.element("answer", option, f' fraction="{worth}"')


def _pairs(question: Question, texts: "_Texts") -> Iterator[str]:
    letters = question.answer.removeprefix(MATCHING)
    pairs = [
        (prompt, "" if letter == "-" else question.options[ord(letter) - 65])
        for prompt, letter in zip(question.prompts, letters, strict=True)
    ]
    pairs += [("", option) for option in listed(question)[0][len(set(letters) - {"-"}) :]]
    for prompt, option in pairs:
        answer = f"<answer{texts.format()}>{texts.text(option)}</answer>"
        yield texts.element("subquestion", prompt, inside=answer)


def _with_cloze(question: Question) -> str:
    """The text of a fill-in with Moodle's signs for each blank."""
    blanks = list(accepted(question.answer))
    written = []
    for piece, seen in pieces(question.text, rich=question.rich):
        parts = piece.split(BLANK) if seen else [piece]
        for number, part in enumerate(parts):
            written.append(part)
            if number < len(parts) - 1:
                wordings = "~=".join(_in_cloze(wording, question) for wording in blanks.pop(0))
                written.append("{1:SHORTANSWER:=" + wordings + "}")
    return "".join(written)


def _in_cloze(wording: str, question: Question) -> str:
    escaped = "".join("\\" + sign if sign in '\\}#~/"*' else sign for sign in wording)
    return escape(escaped) if question.rich else escaped


def _text(text: str) -> str:
    return f"<text>{escape(text)}</text>"


class _Texts:
    """The texts of one question as elements, with the files that they show."""

    def __init__(self, question: Question, media: Media) -> None:
        self._question = question
        self._media = media

    def format(self) -> str:
        """The attribute that says how a text is written."""
        return ' format="html"' if self._question.rich else ' format="plain_text"'

    def text(self, text: str) -> str:
        """A text with its files at Moodle's addresses."""
        named = self._media.named(text, self._question, PLUGIN_FILE)
        return _text(named if self._question.rich else text)

    def element(
        self, tag: str, text: str, more: str = "", *, files: bool = False, inside: str = ""
    ) -> str:
        """An element with a text; with ``files``, all those of the question."""
        held = "".join(self._files()) if files else ""
        return f"<{tag}{more}{self.format()}>{self.text(text)}{held}{inside}</{tag}>\n"

    def _files(self) -> Iterator[str]:
        for ref in self._question.media:
            body = base64.b64encode(self._media.read(ref)).decode("ascii")
            name = quoteattr(file_name(ref))
            yield f'<file name={name} path="/" encoding="base64">{body}</file>'
