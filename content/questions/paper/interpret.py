"""Interpret: what one question of a paper means, or why that is not certain (SPEC.md §9.9)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from content.model.course import LETTERS, QuestionType
from content.model.refused import Refused
from content.questions.model.draft import Note, QuestionDraft, Words
from content.questions.model.identity import count_blanks, count_brackets
from content.questions.paper.lines import narrow
from content.questions.paper.parts import ParsedQuestion
from content.questions.table.answers import answered, looks_true_or_false, named_letters
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


def parts_of(question: ParsedQuestion, entry: dict[str, list[Flow]] | None) -> QuestionParts:
    """Return a question's parts, with its ``entry`` in a list of answers. Raises ``Refused``."""
    _refuse_unclear(question)
    stem, inline = _without_kind(joined(question.stem).strip())
    stem = joined([*question.shared, stem])
    fields = {
        name: [*question.fields.get(name, []), *(entry or {}).get(name, [])]
        for name in {*question.fields, *(entry or {})}
    }
    named = " ".join(flow.readable() for flow in fields.get("type", []))
    options = _in_order(question)
    places = (question.fields.get("answer"), (entry or {}).get("answer"))
    answers = [joined(flows) for flows in places if flows]
    if question.mark:
        answers.append(Flow(question.mark))
    kind_name = named or inline or question.section.kind
    stem, inside = _inside(stem, options, kind_name)
    if inside:
        answers.append(Flow(inside))
    return QuestionParts(
        stem, options, kind_name, [flow for flow in answers if flow.text.strip()], fields
    )


def draft_of(
    parts: QuestionParts, question: ParsedQuestion, marked: Sequence[int], note: Note
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
        answer, correction = _agreed(parts, draft)
        answered(draft, answer, "", note, exact=False)
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
    draft.chapter = _one_of(parts, "chapter") or question.section.chapter
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


def _refuse_unclear(question: ParsedQuestion) -> None:
    if question.unclear:
        raise Refused(question.unclear)
    for code in question.lost:
        if not code.startswith("note-"):
            raise Refused(code)


def _in_order(question: ParsedQuestion) -> list[Flow]:
    """Return the options from A on; letters that are missing or double are not guessed."""
    by_letter = {letter: joined(flows).strip() for letter, flows in question.options}
    if "".join(sorted(by_letter)) != LETTERS[: len(question.options)]:
        raise Refused("paper-options-unclear")
    return [by_letter[letter] for letter in sorted(by_letter)]


def _without_kind(stem: Flow) -> tuple[Flow, str]:
    """Return the words without 【单选】 and （2分） at their ends, and the kind that they say."""
    kind = ""
    for pattern in (_INLINE_KIND, _POINTS, _INLINE_KIND):
        text = narrow(stem.text)
        for match in pattern.finditer(text):
            if match.start() == 0 or match.end() == len(text):
                if pattern is _INLINE_KIND:
                    kind = kind or match[1] or match[2]
                stem = joined([stem.cut(0, match.start()), stem.cut(match.end())], "").strip()
                break
    return stem, kind


def _inside(stem: Flow, options: list[Flow], kind_name: str) -> tuple[Flow, str]:
    """Return the stem with its answer taken out, and the answer: （ A ）, （√）."""
    kind, text = kind_named(kind_name)[0], narrow(stem.text)
    if not options and kind not in (None, "truefalse"):
        return stem, ""
    marks = [] if kind == "truefalse" and not options else list(_LETTERED.finditer(text))
    known = LETTERS[: len(options)]
    marks = [mark for mark in marks if set(re.sub(r"[\s,、]", "", mark[1] or mark[2])) <= {*known}]
    if kind == "truefalse" or not options:
        marks += list(_SIDED.finditer(text))
    if len(marks) != 1 or _EMPTY.search(text):
        return stem, ""
    mark = marks[0]
    gap = joined([stem.cut(0, mark.start()), Flow(_GAP), stem.cut(mark.end())], "")
    return gap, mark[1] or (mark[2] if mark.re is _LETTERED else "")


def _kind(parts: QuestionParts, marked: Sequence[int]) -> QuestionType:
    kind, is_choice = kind_named(parts.kind_name)
    if kind is not None and not (kind == "essay" and len(parts.options) > 1):
        return kind
    answer = parts.answers[0].readable() if parts.answers else ""
    if is_choice and not parts.options:
        raise Refused("paper-options")
    if not parts.options and not answer:
        raise Refused("asked-no-answer")
    options = [words_of(option) for option in parts.options]
    return shown_kind(narrow(answer), words_of(parts.stem), options, list(marked))


def _agreed(parts: QuestionParts, draft: QuestionDraft) -> tuple[str, str]:
    """Return the one answer that all places give, and what corrects a wrong statement."""
    texts = [flow.plain() for flow in parts.answers]
    if draft.kind == "essay":
        return "", ""
    if not texts:
        raise Refused("asked-no-answer")
    if None in texts:
        raise Refused("paper-answer-picture")
    readings = [_folded(text or "", parts, draft) for text in texts]
    if len({reading for reading, _ in readings}) > 1:
        raise Refused("paper-answers-differ", one=readings[0][0][:20], other=readings[-1][0][:20])
    return readings[0][0], next((correction for _, correction in readings if correction), "")


def _folded(answer: str, parts: QuestionParts, draft: QuestionDraft) -> tuple[str, str]:
    answer = answer.strip()
    if draft.kind in ("single", "multiple"):
        letters = named_letters(answer, [option.source for option in draft.options])
        return "".join(sorted(set(letters))) or answer, ""
    if draft.kind == "truefalse":
        corrected = _CORRECTED.fullmatch(answer)
        bare = corrected[1] if corrected else answer
        side = looks_true_or_false(bare)
        correction = corrected[2].strip(" )）。") if corrected else ""
        return (bare if side is None else ("对" if side else "错")), correction
    return (_counted(answer, draft) if draft.kind == "fill" else answer), ""


def _counted(answer: str, draft: QuestionDraft) -> str:
    """The answers of several blanks, numbered （1）… （2）… or one a line; returned one a line."""
    text, rich = draft.text.source, draft.text.html
    wanted = count_blanks(text, rich=rich) or count_brackets(text, rich=rich)
    marks = list(_COUNTED.finditer(narrow(answer)))
    numbers = [
        int(mark[1] or mark[2]) if mark[1] or mark[2] else ord(mark[3]) - ord("①") + 1
        for mark in marks
    ]
    if (
        marks
        and numbers == list(range(1, len(marks) + 1))
        and not answer[: marks[0].start()].strip()
    ):
        ends = [mark.start() for mark in marks[1:]] + [len(answer)]
        parts = [
            answer[mark.end() : end].strip().rstrip("；;，,。")
            for mark, end in zip(marks, ends, strict=True)
        ]
        if len(parts) == max(1, wanted):
            return "\n".join(parts)
        raise Refused("fill-blank", count=wanted, answers=len(parts))
    lines = [line for line in answer.split("\n") if line.strip()]
    if len(lines) > 1 and len(lines) != wanted:
        raise Refused("fill-blank", count=wanted, answers=len(lines))
    return answer if wanted > 1 or not answer.endswith("。") else answer[:-1]


def _model(parts: QuestionParts, draft: QuestionDraft, note: Note) -> None:
    """Keep the model answer: as text, or in the explanation where it is more than text."""
    texts = [words_of(flow) for flow in parts.answers]
    if not texts:
        note("note-paper-no-model")
    elif any(text.html for text in texts):
        parts.fields["explain"] = [*parts.answers, *parts.fields.get("explain", [])]
    else:
        draft.model = "\n".join(text.source for text in texts)


def _one_of(parts: QuestionParts, name: str) -> str:
    flows = parts.fields.get(name, [])
    return flows[0].readable().strip().rstrip("。;；") if flows else ""
