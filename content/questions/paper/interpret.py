"""Interpret: what one question of a paper means, or why it cannot be told (SPEC.md §9.9)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from content.model.course import LETTERS, QuestionType
from content.model.refused import Refused
from content.questions.model.draft import Note, QuestionDraft, Words
from content.questions.model.identity import count_blanks, count_brackets
from content.questions.paper.lines import narrow
from content.questions.paper.parts import ParsedQuestion
from content.questions.table.answers import answered, looks_true_or_false, said_letters
from content.questions.table.table_rows import difficulty_of, kind_named, shown_kind
from content.word.flow import Flow, joined

_KIND = (
    "单项选择|单选|多项选择|多选|不定项选择|不定项|选择|判断|填空|简答|论述|问答|案例分析|名词解释"
    "|排序"
)
_INLINE_KIND = re.compile(rf"\s*[【\[(]\s*({_KIND})题?\s*[】\])]\s*|^({_KIND})题\s*[:.]\s*")
_POINTS = re.compile(r"\s*[(【\[]\s*(?:本题|每题|共)?\s*\d{1,3}(?:\.\d)?\s*分\s*[)】\]]\s*")
_LETTERED = re.compile(r"[(\[【]\s*([A-T](?:[\s,、]*[A-T])*)\s*[)\]】]|_+\s*([A-T]{1,8})\s*_+")
_SIDED = re.compile(r"[(\[【]\s*(√|×|✓|✗|✔|✘|对|错|正确|错误|[TFYNXx])\s*[)\]】]")
_EMPTY = re.compile(r"\(\s*\)|(?<!_)_{3,}")
_CORRECTED = re.compile(r"\s*(√|×|对|错误|错|正确|不正确)\s*[,。;:、(（，；：]\s*(.+)", re.DOTALL)
_COUNTED = re.compile(r"\((\d)\)\s*|(?:^|(?<=[\s;,。]))(\d)[.、]\s*|([①-⑩])\s*")
# What is written where the answer stood.
_GAP = "（ ）"
_KEPT = ("sup", "sub", "em", "s")
_IN_PART = ("b", "i", "u")


@dataclass(slots=True)
class QuestionParts:
    """A question with its answers side by side, before anything is decided."""

    stem: Flow
    options: list[Flow]
    kind_name: str
    answers: list[Flow]
    fields: dict[str, list[Flow]]


def parts_of(asked: ParsedQuestion, given: dict[str, list[Flow]] | None) -> QuestionParts:
    """Return what stands in a question and in the list of answers. Raises ``Refused``."""
    _refuse_unclear(asked)
    stem, inline = _without_kind(joined(asked.stem).strip())
    stem = joined([*asked.shared, stem])
    fields = {
        name: [*asked.fields.get(name, []), *(given or {}).get(name, [])]
        for name in {*asked.fields, *(given or {})}
    }
    said = " ".join(flow.readable() for flow in fields.get("type", []))
    options = _in_order(asked)
    answers = [joined(one) for one in (asked.fields.get("answer"), (given or {}).get("answer"))
               if one]  # fmt: skip
    if asked.said:
        answers.append(Flow(asked.said))
    kind_name = said or inline or asked.section.kind
    stem, inside = _inside(stem, options, kind_name)
    if inside:
        answers.append(Flow(inside))
    return QuestionParts(
        stem, options, kind_name, [one for one in answers if one.text.strip()], fields
    )


def draft_of(
    parts: QuestionParts, asked: ParsedQuestion, marked: Sequence[int], note: Note
) -> QuestionDraft:
    """Return the draft of a question; ``marked`` are options that stand out. Raises ``Refused``."""
    kind = _kind(parts, marked)
    options = [words_of(option) for option in parts.options]
    if kind in ("single", "multiple") and len(options) < 2:
        raise Refused("paper-options")
    if kind == "matching":
        raise Refused("paper-matching")
    draft = QuestionDraft(kind, words_of(parts.stem), options)
    correction = ""
    if marked and not parts.answers:
        draft.right = list(marked)
    else:
        said, correction = _agreed(parts, draft)
        answered(draft, said, "", note, exact=False)
    if kind == "essay":
        _model(parts, draft, note)
    if kind == "multiple" and len(draft.right) == 1 and "不定" in parts.kind_name:
        draft.kind = "single"
        note("note-one-of-several")
    draft.explain = [*map(words_of, parts.fields.get("explain", []))]
    if correction:
        draft.explain.insert(0, Words(correction))
    for basis in parts.fields.get("basis", []):
        draft.explain.append(words_of(joined([Flow("依据："), basis], "")))
    draft.chapter = _one_of(parts, "chapter") or asked.section.chapter
    draft.difficulty = difficulty_of(_one_of(parts, "difficulty"), note)
    return draft


def words_of(flow: Flow) -> Words:
    """Return a flow as the words of a question: HTML only where something would be lost."""
    flow = flow.strip()
    tags = [tag for tag in _KEPT if any(mark.tag == tag for mark in flow.marks)]
    tags += [tag for tag in _IN_PART if flow.part_marked((tag,))]
    plain = flow.plain()
    if plain is not None and not tags:
        return Words("\n".join(" ".join(line.split()) for line in plain.split("\n")))
    return Words(flow.html(tags), html=True)


def _refuse_unclear(asked: ParsedQuestion) -> None:
    if asked.wrong:
        raise Refused(asked.wrong)
    for code in asked.lost:
        if not code.startswith("note-"):
            raise Refused(code)


def _in_order(asked: ParsedQuestion) -> list[Flow]:
    """Return the options from A on; letters that are missing or double are not guessed."""
    by_letter = {letter: joined(flows).strip() for letter, flows in asked.options}
    if "".join(sorted(by_letter)) != LETTERS[: len(asked.options)]:
        raise Refused("paper-options-unclear")
    return [by_letter[letter] for letter in sorted(by_letter)]


def _without_kind(stem: Flow) -> tuple[Flow, str]:
    """Return the words without 【单选】 and （2分） at their ends, and the kind that they say."""
    kind = ""
    for pattern in (_INLINE_KIND, _POINTS, _INLINE_KIND):
        text = narrow(stem.text)
        for found in pattern.finditer(text):
            if found.start() == 0 or found.end() == len(text):
                if pattern is _INLINE_KIND:
                    kind = kind or found[1] or found[2]
                stem = joined([stem.cut(0, found.start()), stem.cut(found.end())], "").strip()
                break
    return stem, kind


def _inside(stem: Flow, options: list[Flow], kind_name: str) -> tuple[Flow, str]:
    """Return the stem with its answer taken out, and the answer: （ A ）, （√）."""
    kind, text = kind_named(kind_name)[0], narrow(stem.text)
    if not options and kind not in (None, "truefalse"):
        return stem, ""
    found = [] if kind == "truefalse" and not options else list(_LETTERED.finditer(text))
    known = LETTERS[: len(options)]
    found = [one for one in found if set(re.sub(r"[\s,、]", "", one[1] or one[2])) <= {*known}]
    if kind == "truefalse" or not options:
        found += list(_SIDED.finditer(text))
    if len(found) != 1 or _EMPTY.search(text):
        return stem, ""
    one = found[0]
    gap = joined([stem.cut(0, one.start()), Flow(_GAP), stem.cut(one.end())], "")
    return gap, one[1] or (one[2] if one.re is _LETTERED else "")


def _kind(parts: QuestionParts, marked: Sequence[int]) -> QuestionType:
    kind, is_choice = kind_named(parts.kind_name)
    if kind is not None and not (kind == "essay" and len(parts.options) > 1):
        return kind
    said = parts.answers[0].readable() if parts.answers else ""
    if is_choice and not parts.options:
        raise Refused("paper-options")
    if not parts.options and not said:
        raise Refused("asked-no-answer")
    options = [words_of(option) for option in parts.options]
    return shown_kind(narrow(said), words_of(parts.stem), options, list(marked))


def _agreed(parts: QuestionParts, draft: QuestionDraft) -> tuple[str, str]:
    """Return the one answer that all places give, and what corrects a wrong statement."""
    plain = [one.plain() for one in parts.answers]
    if draft.kind == "essay":
        return "", ""
    if not plain:
        raise Refused("asked-no-answer")
    if None in plain:
        raise Refused("paper-answer-picture")
    said = [_folded(one or "", parts, draft) for one in plain]
    if len({meant for meant, _ in said}) > 1:
        raise Refused("paper-answers-differ", one=said[0][0][:20], other=said[-1][0][:20])
    return said[0][0], next((more for _, more in said if more), "")


def _folded(said: str, parts: QuestionParts, draft: QuestionDraft) -> tuple[str, str]:
    said = said.strip()
    if draft.kind in ("single", "multiple"):
        letters = said_letters(said, [option.source for option in draft.options])
        return "".join(sorted(set(letters))) or said, ""
    if draft.kind == "truefalse":
        corrected = _CORRECTED.fullmatch(said)
        bare = corrected[1] if corrected else said
        side = looks_true_or_false(bare)
        more = corrected[2].strip(" )）。") if corrected else ""
        return (bare if side is None else ("对" if side else "错")), more
    return (_counted(said, draft) if draft.kind == "fill" else said), ""


def _counted(said: str, draft: QuestionDraft) -> str:
    """The answers of several blanks that are counted, （1）… （2）…, a line each."""
    text, rich = draft.text.source, draft.text.html
    wanted = count_blanks(text, rich=rich) or count_brackets(text, rich=rich)
    found = list(_COUNTED.finditer(narrow(said)))
    numbers = [
        int(one[1] or one[2]) if one[1] or one[2] else ord(one[3]) - ord("①") + 1 for one in found
    ]
    if found and numbers == list(range(1, len(found) + 1)) and not said[: found[0].start()].strip():
        ends = [one.start() for one in found[1:]] + [len(said)]
        parts = [
            said[one.end() : end].strip().rstrip("；;，,。")
            for one, end in zip(found, ends, strict=True)
        ]
        if len(parts) == max(1, wanted):
            return "\n".join(parts)
        raise Refused("fill-blank", count=wanted, answers=len(parts))
    lines = [line for line in said.split("\n") if line.strip()]
    if len(lines) > 1 and len(lines) != wanted:
        raise Refused("fill-blank", count=wanted, answers=len(lines))
    return said if wanted > 1 or not said.endswith("。") else said[:-1]


def _model(parts: QuestionParts, draft: QuestionDraft, note: Note) -> None:
    """The model answer: text of its own, or part of the explanation where it is more."""
    words = [words_of(one) for one in parts.answers]
    if not words:
        note("note-paper-no-model")
    elif any(one.html for one in words):
        parts.fields["explain"] = [*parts.answers, *parts.fields.get("explain", [])]
    else:
        draft.model = "\n".join(one.source for one in words)


def _one_of(parts: QuestionParts, name: str) -> str:
    flows = parts.fields.get(name, [])
    return flows[0].readable().strip().rstrip("。;；") if flows else ""
