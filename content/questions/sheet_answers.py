"""Answers in tables: ABD, A、B、D, 对, √, 3.14±0.01, blanks by lines (SPEC.md §9.7)."""

import re
import unicodedata
from collections.abc import Sequence

from content.course import LETTERS, TRUE_FALSE
from content.questions.answers import number
from content.questions.draft import Draft, Note
from content.questions.keys import count_blanks, count_brackets
from content.questions.outcome import Refused
from content.questions.shape import NOTHING
from sync.facts.grading import WORDINGS

_TRUE = {"对", "正确", "√", "✓", "✔", "是", "t", "true", "y", "yes", "1", "right", "对的", "真",
         "r"}  # fmt: skip
_FALSE = {"错", "错误", "×", "x", "✗", "✘", "╳", "否", "f", "false", "n", "no", "0", "wrong",
          "错的", "不对", "不正确", "假", "w"}  # fmt: skip
_BETWEEN = re.compile(r"[\s,，、;；|/&+.。]+")
# What parts the answers of several blanks, the surest first.
_PARTS = ("\n", "‖", "；", ";", "$", "#", "|", "、", "，", ",")
_MARK = r"(?:^|(?<=[\s;；|,，。]))[（(]?%s\s*[.．、:：)）]"


def answered(draft: Draft, said: str, off: str, note: Note, *, exact: bool) -> None:
    """Put into ``draft`` what a cell says is right. Raises ``Refused``."""
    if not said and draft.kind != "essay":
        raise Refused("asked-no-answer")
    match draft.kind:
        case "single" | "multiple":
            _choice(draft, said, note)
        case "truefalse":
            draft.right = [_side(draft, said)]
        case "fill":
            draft.blanks = _blanks(draft, said, exact=exact)
        case "numeric":
            draft.numbers = [_number(one, off) for one in said.split(WORDINGS)]
        case "matching":
            draft.pairs = _pairs(said, len(draft.prompts))
        case "ordering":
            draft.order = [LETTERS.find(letter) for letter in _bare(said)]
        case "essay":
            draft.model = said


def looks_true_or_false(text: str) -> bool | None:
    """Return what a word says, or None when it says neither."""
    folded = unicodedata.normalize("NFKC", text).strip().strip("。.").casefold()
    return True if folded in _TRUE else False if folded in _FALSE else None


def said_letters(said: str, options: Sequence[str]) -> str:
    """Return the letters that an answer names, "" when it names none."""
    bare = _bare(said)
    known = LETTERS[: len(options)]
    return bare if bare and set(bare) <= set(known) else ""


def split_options(cell: str) -> list[str]:
    """Return the options that stand in one cell: by letters, lines, ``|`` or ``；``."""
    at: list[tuple[int, int]] = []
    for letter in LETTERS:
        begin = at[-1][1] if at else 0
        found = re.compile(_MARK % letter, re.IGNORECASE).search(cell, begin)
        if found is None:
            break
        at.append(found.span())
    if len(at) > 1 and not cell[: at[0][0]].strip():
        ends = [begin for begin, _ in at[1:]] + [len(cell)]
        return [
            cell[end:until].strip().rstrip(";；|").strip()
            for (_, end), until in zip(at, ends, strict=True)
        ]
    for sign in ("\n", "|", "；", ";"):
        parts = [part.strip() for part in cell.split(sign)]
        if sum(map(bool, parts)) > 1:
            return [part for part in parts if part]
    return [cell.strip()]


def _bare(said: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", said)).upper()


def _choice(draft: Draft, said: str, note: Note) -> None:
    """Letters, else the words of options, else their numbers."""
    options = [option.source.strip() for option in draft.options]
    letters = said_letters(said, options)
    if letters:
        draft.right = [LETTERS.index(letter) for letter in letters]
        return
    if said in options:
        draft.right = [options.index(said)]
        return
    for sign in ("\n", "|", "；", ";", "、", ","):
        parts = [part.strip() for part in said.split(sign)]
        if len(parts) > 1 and all(part in options for part in parts):
            draft.right = [options.index(part) for part in parts]
            return
    named = re.match(r"\s*([A-Ta-t])\s*[.．、:：)）]\s*(.+)", said)
    if named and LETTERS.index(named[1].upper()) < len(options):
        place = LETTERS.index(named[1].upper())
        if options[place] == named[2].strip():
            draft.right = [place]
            return
    numbers = [part for part in _BETWEEN.split(unicodedata.normalize("NFKC", said)) if part]
    if numbers and all(part.isdecimal() and 1 <= int(part) <= len(options) for part in numbers):
        note("note-answer-numbers")
        draft.right = [int(part) - 1 for part in numbers]
        return
    raise Refused("asked-answer-unknown", answer=said[:40])


def _side(draft: Draft, said: str) -> int:
    """0 when the statement is true. Letters mean what the options of the row say."""
    options = [option.source for option in draft.options] or list(TRUE_FALSE)
    letters = said_letters(said, options)
    if len(letters) == 1 and letters in LETTERS[: len(options)]:
        meant = looks_true_or_false(options[LETTERS.index(letters)])
    else:
        meant = looks_true_or_false(said)
    if meant is None:
        raise Refused("asked-answer-unknown", answer=said[:40])
    return 0 if meant else 1


def _blanks(draft: Draft, said: str, *, exact: bool) -> list[list[str]]:
    text, rich = draft.text.source, draft.text.html
    wanted = count_blanks(text, rich=rich) or count_brackets(text, rich=rich)
    if wanted < 2:
        return [said.split(WORDINGS) if exact else re.split(r"[|\n]", said)]
    for sign in _PARTS:
        parts = said.split(sign)
        if len(parts) == wanted:
            return [re.split(r"\|", part) if sign != "|" else [part] for part in parts]
    parts = said.split()
    if len(parts) == wanted:
        return [[part] for part in parts]
    return [[said]] if len(said.split("\n")) == 1 else [[part] for part in said.split("\n")]


def _number(said: str, off: str) -> tuple[str, str]:
    value, _, tolerance = re.sub(r"\+/?-", "±", said).replace("~", "±").partition("±")
    return number(value), number(tolerance or off or "0")


def _pairs(said: str, count: int) -> list[int | None]:
    """A letter for each left side, in their order: CAB, or 1-C, 2-A, 3-B in any."""
    numbered = re.findall(r"([0-9]{1,2})\s*[-—–:：=→]+>?\s*([A-Ta-t])", said)
    if numbered:
        by_number = {int(place): letter.upper() for place, letter in numbered}
        return [
            LETTERS.find(by_number[place]) if place in by_number else None
            for place in range(1, count + 1)
        ]
    bare = _bare(said)
    if not all(letter in LETTERS + NOTHING for letter in bare):
        raise Refused("asked-answer-unknown", answer=said[:40])
    return [None if letter == NOTHING else LETTERS.index(letter) for letter in bare]
