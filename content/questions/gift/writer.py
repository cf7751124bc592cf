"""GIFT export: for Moodle, and read back the same by ``content.questions.gift.reader`` (§9.8).

Files of rich texts stand in them as ``data:`` addresses; fields that GIFT lacks are in tags.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from content.model.course import Question
from content.questions.gift.escapes import escaped
from content.questions.model.export_media import Media
from content.questions.model.html_text import pieces, plainly
from content.questions.model.identity import BLANK
from content.questions.model.tags import category_of, letters_of, listed, tags_of
from sync.facts.grading import MATCHING, NUMBER, WORDINGS, accepted


def write(questions: Iterable[Question], path: Path, media: Media) -> None:
    """Write a GIFT file."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        chapter = ""
        for question in questions:
            if question.chapter != chapter:
                chapter = question.chapter
                file.write(f"$CATEGORY: {category_of(chapter)}\n\n")
            file.write("\n".join(_lines(question, media)) + "\n\n")


def _lines(question: Question, media: Media) -> Iterator[str]:
    marks = [f"[tag:{_in_tag(tag)}]" for tag in tags_of(question)]
    yield " ".join([f"// [id:{question.id}]", *marks])
    texts = _Texts(question, media)
    general = "####" + texts.of(question.explain) if question.explain else ""
    blanks = accepted(question.answer) if question.type == "fill" else ()
    if len(blanks) > 1:
        yield texts.lead() + _in_blanks(question, texts, blanks, general)
        return
    yield texts.lead() + texts.of(question.text, first=True) + "{"
    yield from _answers(question, texts)
    yield general + "}"


def _answers(question: Question, texts: "_Texts") -> Iterator[str]:
    match question.type:
        case "truefalse":
            yield "TRUE" if question.answer == "A" else "FALSE"
        case "fill":
            yield _wordings(accepted(question.answer)[0])
        case "numeric":
            yield "#"
            for number in question.answer.removeprefix(NUMBER).split(WORDINGS):
                value, _, off = number.partition("~")
                yield f"\t={value}:{off or '0'}"
        case "matching":
            yield from _pairs(question, texts)
        case "ordering":
            yield f">{len(question.options)} ALL VERTICAL"
            yield from (texts.of(option) for option in listed(question)[0])
        case "single" | "multiple":
            yield from _choices(question, texts)
        case "essay":
            return


def _choices(question: Question, texts: "_Texts") -> Iterator[str]:
    right = letters_of(question.answer)
    share = f"{100 / len(right):.5f}".rstrip("0").rstrip(".")
    for place, option in enumerate(question.options):
        text, is_right = texts.of(option), place in right
        if question.type == "multiple":
            yield f"\t~%{share if is_right else -100}%{text}"
        elif text.startswith("%"):
            yield f"\t=%100%{text}" if is_right else f"\t~%0%{text}"
        else:
            yield f"\t={text}" if is_right else f"\t~{text}"


def _pairs(question: Question, texts: "_Texts") -> Iterator[str]:
    letters = question.answer.removeprefix(MATCHING)
    for prompt, letter in zip(question.prompts, letters, strict=True):
        place = ord(letter) - 65
        right = texts.right(question.options[place]) if 0 <= place else ""
        yield f"\t={texts.left(prompt)} -> {right}"
    for option in listed(question)[0][len(set(letters) - {"-"}) :]:
        yield f"\t= -> {texts.right(option)}"


def _wordings(wordings: Iterable[str]) -> str:
    return " ".join(f"=%100%{_wording(wording)}" for wording in wordings)


def _wording(text: str) -> str:
    """Escape ``*``, which Moodle takes for any text, and ``->``, which parts a matching's pair.

    A wording that begins like a format has one before it.
    """
    lead = "[plain]" if text.startswith("[") else ""
    return lead + escaped(text.replace("*", r"\*")).replace("->", r"-\>")


def _in_blanks(
    question: Question, texts: "_Texts", blanks: tuple[tuple[str, ...], ...], general: str
) -> str:
    """The text of a fill-in with the wordings of each blank in its place."""
    written, left = [], list(blanks)
    for piece, seen in pieces(question.text, rich=question.rich):
        parts = piece.split(BLANK) if seen else [piece]
        for number, part in enumerate(parts):
            written.append(texts.of(part, first=True))
            if number < len(parts) - 1:
                end = "" if len(left) > 1 else general
                written.append("{" + _wordings(left.pop(0)) + end + "}")
    return "".join(written)


def _in_tag(tag: str) -> str:
    return tag.replace("\\", "\\\\").replace("]", "\\]")


class _Texts:
    """The texts of one question, escaped; a text says its format if it is not the question's."""

    def __init__(self, question: Question, media: Media) -> None:
        self._question = question
        self._media = media

    def lead(self) -> str:
        """The format of all texts that do not say theirs."""
        return "[html]" if self._question.rich else "[plain]"

    def of(self, text: str, *, first: bool = False) -> str:
        """A text in the question's format; its beginning is never read as a format or comment."""
        lead = self.lead() if text.startswith(("[", "//")) and not first else ""
        if self._question.rich:
            text = self._media.embedded(text, self._question)
        return lead + escaped(text)

    def left(self, text: str) -> str:
        """A left side: no arrow may stand in it."""
        return self.of(text).replace("->", r"-\>")

    def right(self, text: str) -> str:
        """A right side: Moodle shows it as plain text, so it is plain wherever that is possible."""
        plain = plainly(text) if self._question.rich else text
        if plain is None:
            return "[html]" + escaped(self._media.embedded(text, self._question))
        return ("[plain]" if plain.startswith("[") else "") + escaped(plain)
