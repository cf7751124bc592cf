"""Answers in tables: ABD, A、B、D, 对, √, 3.14±0.01, blanks by lines (SPEC.md §9.7)."""

import re
import unicodedata
from collections.abc import Sequence

from content.model.course import LETTERS, TRUE_FALSE
from content.model.question_rules import NOTHING
from content.model.refused import Refused
from content.questions.model.answer_keys import number
from content.questions.model.draft import Note, QuestionDraft
from content.questions.model.identity import count_blanks, count_brackets
from sync.facts.grading import WORDINGS

_TRUE = {"对", "正确", "√", "✓", "✔", "是", "t", "true", "y", "yes", "1", "1.0", "right", "对的",
         "真", "r", "v", "勾", "正确的", "说法正确"}  # fmt: skip
_FALSE = {"错", "错误", "×", "x", "✗", "✘", "╳", "否", "f", "false", "n", "no", "0", "0.0",
          "wrong", "错的", "不对", "不正确", "假", "w", "叉", "错误的", "说法错误",
          "说法不正确"}  # fmt: skip
_BETWEEN = re.compile(r"[\s,，、;；|/&+.。]+")
# Between the letters of a choice; in a matching "-" is an answer of its own.
_JOINED = re.compile(r"[\\和与及-]+")
# What people write around an answer: 答案：B, 选B, B选项, （B）, 【B】.
_AROUND = re.compile(r"^(?:正确|参考|标准)?答案[是为:：]*|^[应故]?选(?!项)[:：]?|选项$|项$")
_BRACKETED = re.compile(r"[(\[【〔{](.*)[)\]】〕}]")
# Separators between the answers of several blanks, the surest first.
_PARTS = ("\n", "‖", "；", ";", "$", "#", "|", "、", "，", ",")
_MARK = r"(?:^|(?<=[\s;；|,，。]))[（(]?[%s%s]\s*[.．、:：)）]"


def answered(draft: QuestionDraft, answer: str, off: str, note: Note, *, exact: bool) -> None:
    """Put into ``draft`` what a cell says is right. Raises ``Refused``."""
    if not answer and draft.kind != "essay":
        raise Refused("asked-no-answer")
    match draft.kind:
        case "single" | "multiple":
            _choice(draft, answer, note)
        case "truefalse":
            draft.right = [_side(draft, answer)]
        case "fill":
            draft.blanks = _blanks(draft, answer, exact=exact)
        case "numeric":
            draft.numbers = [_number(value, off) for value in answer.split(WORDINGS)]
        case "matching":
            draft.pairs = _pairs(answer, len(draft.prompts))
        case "ordering":
            draft.order = [LETTERS.find(letter) for letter in _bare(answer)]
        case "essay":
            draft.model = answer


def looks_true_or_false(text: str) -> bool | None:
    """Return whether a word means true or false, or None when it means neither."""
    folded = _bracketless(unicodedata.normalize("NFKC", text)).strip("。.").casefold()
    return True if folded in _TRUE else False if folded in _FALSE else None


def named_letters(answer: str, options: Sequence[str]) -> str:
    """Return the letters that an answer names, "" when it names none."""
    bare = _JOINED.sub("", _bare(answer))
    known = LETTERS[: len(options)]
    return bare if bare and set(bare) <= set(known) else ""


def chosen(
    answer: str,
    options: Sequence[str],
    note: Note = lambda _code: None,
    *,
    several: bool = False,
) -> list[int]:
    """Return the places that an answer names: by letters, by words, else by numbers."""
    letters = named_letters(answer, options)
    if letters and (len(letters) == 1 or answer not in options):  # AB may be a blood group
        return [LETTERS.index(letter) for letter in letters]
    if answer in options:
        return [options.index(answer)]
    for sign in ("\n", "|", "；", ";", "、", ",", "，"):
        parts = [part.strip() for part in answer.split(sign)]
        if len(parts) > 1 and all(part in options for part in parts):
            return [options.index(part) for part in parts]
    named = re.match(r"\s*([A-Ta-t])(?:\s*[.．、:：)）]\s*|\s+)(.+)", answer)
    if named and LETTERS.index(named[1].upper()) < len(options):
        place = LETTERS.index(named[1].upper())
        if options[place] == named[2].strip():
            return [place]
    numbers = [part for part in _BETWEEN.split(unicodedata.normalize("NFKC", answer)) if part]
    if (
        several
        and len(numbers) == 1
        and len(options) < 10
        and sorted(set(numbers[0])) == [*numbers[0]]
    ):
        numbers = [*numbers[0]]  # 124 is the first, second and fourth
    if numbers and all(part.isdecimal() and 1 <= int(part) <= len(options) for part in numbers):
        note("note-answer-numbers")
        return [int(part) - 1 for part in numbers]
    return []


def split_options(cell: str) -> list[str]:
    """Return the options that stand in one cell: by letters, lines, ``|`` or ``；``."""
    at: list[tuple[int, int]] = []
    for letter in LETTERS:
        begin = at[-1][1] if at else 0
        wide = chr(ord(letter) + 0xFEE0)
        mark = re.compile(_MARK % (letter, wide), re.IGNORECASE).search(cell, begin)
        if mark is None:
            break
        at.append(mark.span())
    if len(at) > 1 and not cell[: at[0][0]].strip():
        ends = [begin for begin, _ in at[1:]] + [len(cell)]
        return [
            cell[end:until].strip().rstrip(";；|").strip()
            for (_, end), until in zip(at, ends, strict=True)
        ]
    for sign in ("\n", "|", "；", ";"):
        parts = [part.strip() for part in cell.split(sign)]
        if sum(map(bool, parts)) > 1:
            return _unlettered([part for part in parts if part])
    return [cell.strip()]


def _unlettered(options: list[str]) -> list[str]:
    """Options without the letter before each, where all have theirs: A千克, B米."""
    marks = [
        re.match(rf"{letter}\s*(?=[\u4e00-\u9fff])", option)
        for letter, option in zip(LETTERS, options, strict=False)
    ]
    if len(marks) == len(options) and all(marks):
        return [option[1:].strip() for option in options]
    return options


def _bare(answer: str) -> str:
    text = _bracketless(_AROUND.sub("", unicodedata.normalize("NFKC", answer).strip()))
    return _BETWEEN.sub("", text).upper()


def _bracketless(text: str) -> str:
    inside = _BRACKETED.fullmatch(text.strip())
    return (inside[1] if inside else text).strip()


def _choice(draft: QuestionDraft, answer: str, note: Note) -> None:
    options = [option.source.strip() for option in draft.options]
    draft.right = chosen(answer, options, note, several=draft.kind == "multiple")
    if not draft.right:
        raise Refused("asked-answer-unknown", answer=answer[:40])


def _side(draft: QuestionDraft, answer: str) -> int:
    """0 when the statement is true. Letters mean what the options of the row say."""
    options = [option.source for option in draft.options] or list(TRUE_FALSE)
    letters = named_letters(answer, options)
    named = re.match(r"\s*[ABab]\s*[.．、:：)）]\s*(.+)", answer)
    if len(letters) == 1 and letters in LETTERS[: len(options)]:
        meant = looks_true_or_false(options[LETTERS.index(letters)])
    else:
        meant = looks_true_or_false(named[1] if named else answer)
    if meant is None:
        raise Refused("asked-answer-unknown", answer=answer[:40])
    return 0 if meant else 1


def _blanks(draft: QuestionDraft, answer: str, *, exact: bool) -> list[list[str]]:
    text, rich = draft.text.source, draft.text.html
    lines, brackets = count_blanks(text, rich=rich), count_brackets(text, rich=rich)
    if lines and brackets and not exact and (blanks := _parted(answer, lines + brackets)):
        return blanks  # some blanks are ____, others （ ）
    wanted = lines or brackets
    if wanted < 2:
        return [answer.split(WORDINGS) if exact else re.split(r"[|\n]", answer)]
    if blanks := _parted(answer, wanted, exact=exact):
        return blanks
    return [[answer]] if len(answer.split("\n")) == 1 else [[part] for part in answer.split("\n")]


def _parted(answer: str, wanted: int, *, exact: bool = False) -> list[list[str]]:
    """The answers of several blanks; empty if they are not ``wanted`` many."""
    for sign in _PARTS:
        parts = answer.split(sign)
        if len(parts) == wanted:
            parts = parts if exact else _unnumbered(parts)
            return [re.split(r"\|", part) if sign != "|" else [part] for part in parts]
    parts = answer.split()
    if len(parts) == wanted:
        return [[part] for part in (parts if exact else _unnumbered(parts))]
    parts = [part.strip() for part in re.split(r"[①-⑩]|[(（][0-9]{1,2}[)）]", answer)]
    return [[part] for part in parts[1:]] if len(parts) == wanted + 1 and not parts[0] else []


def _unnumbered(parts: list[str]) -> list[str]:
    """Answers without the numbers that some write before each."""
    marks = [
        re.match(rf"\s*(?:{n}\s*[.．、:：)）](?![0-9])|[(（]{n}[)）]|{chr(0x245F + n)})\s*", part)
        for n, part in enumerate(parts, 1)
    ]
    if all(marks):
        return [
            part[mark.end() :] if mark else part for mark, part in zip(marks, parts, strict=True)
        ]
    return parts


def _number(answer: str, off: str) -> tuple[str, str]:
    value, _, tolerance = re.sub(r"\+/?-", "±", answer).replace("~", "±").partition("±")
    return number(value), number(tolerance or off or "0")


def _pairs(answer: str, count: int) -> list[int | None]:
    """A letter for each left side, in their order: CAB, or 1-C, 2-A, 3-B in any."""
    numbered = re.findall(r"([0-9]{1,2})\s*[-—–:：=→]+>?\s*([A-Ta-t])", answer)
    if numbered:
        by_number = {int(place): letter.upper() for place, letter in numbered}
        return [
            LETTERS.find(by_number[place]) if place in by_number else None
            for place in range(1, count + 1)
        ]
    bare = _bare(answer)
    if not all(letter in LETTERS + NOTHING for letter in bare):
        raise Refused("asked-answer-unknown", answer=answer[:40])
    return [None if letter == NOTHING else LETTERS.index(letter) for letter in bare]
