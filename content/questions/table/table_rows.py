"""What the rows of a question say, as a draft (SPEC.md §9.7).

People write types, answers and options in many ways; what is understood is listed here. Rows that
we wrote say so in their column 格式 and are taken to the letter.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from content.model.course import LETTERS, QuestionType
from content.model.refused import Refused
from content.questions.model.draft import Note, QuestionDraft, Words, labelled
from content.questions.model.html_text import as_html
from content.questions.model.identity import count_blanks, count_brackets, is_usable_id
from content.questions.model.tags import see_of
from content.questions.table.answers import answered, chosen, looks_true_or_false, split_options
from content.questions.table.columns import BankColumns, option_field, prompt_field

EXACT, EXACT_HTML = "文本", "HTML"
# Words in a type's name, folded; the first that fits decides.
_TYPES: tuple[tuple[QuestionType, tuple[str, ...]], ...] = (
    ("multiple", ("多选", "多项", "不定项", "multipleanswer", "multipleresponse", "checkbox",
                  "multiselect", "multichoice")),
    ("truefalse", ("判断", "是非", "对错", "truefalse", "trueorfalse", "boolean", "判断题", "tf")),
    ("matching", ("匹配", "连线", "配对", "搭配", "matching", "match")),
    ("ordering", ("排序", "顺序", "ordering", "sequence", "order", "sort")),
    ("numeric", ("数值", "数字", "numeric", "numerical")),
    ("fill", ("填空", "完形填空", "fillintheblank", "fillin", "blank", "shortanswer", "cloze")),
    ("essay", ("简答", "论述", "问答", "案例", "名词解释", "分析", "主观", "写作", "作文", "计算",
               "材料", "应用", "实操", "essay", "openended", "paragraph")),
    ("single", ("单选", "单项", "singlechoice", "single", "radio")),
)  # fmt: skip
# "Multiple choice" in English says that options are given, not that several are right.
_CHOICE = ("选择", "multiplechoice", "mcq", "choice")
# Names that are too short to be looked for inside others.
_NAMES: dict[str, QuestionType] = {"multiple": "multiple", "ma": "multiple", "text": "essay"}
_CODES: dict[str, QuestionType] = {
    "1": "single", "2": "multiple", "3": "truefalse", "4": "fill", "5": "essay",
}  # fmt: skip
_LEVELS = {
    "容易": 1, "简单": 1, "易": 1, "低": 1, "easy": 1, "较易": 2, "较简单": 2, "较容易": 2,
    "中": 3, "中等": 3, "适中": 3, "一般": 3, "普通": 3, "medium": 3, "normal": 3,
    "较难": 4, "偏难": 4, "难": 5, "困难": 5, "高": 5, "很难": 5, "hard": 5, "difficult": 5,
}  # fmt: skip
# Options on the line of their question, which ends before them.
_INLINE = re.compile(
    r"(?<=[）)。？?：:])\s*[（(]?[AＡ]\s*[.．、:：)）]|\s+[（(]?[AＡ]\s*[.．、:：)）]"
)


@dataclass(slots=True)
class Row:
    """The rows of one question; ``pictures`` gives addresses of those over a cell."""

    columns: BankColumns
    rows: list[list[str]]
    section: str  # the title above, else the sheet's name
    pictures: Callable[[int, int], list[str]]

    def of(self, field: str) -> str:
        """Return what the question's first row says."""
        return self.columns.of(self.rows[0], field)

    def words(self, field: str, at: int = 0) -> Words:
        """Return a text with the pictures over its cell."""
        return self.with_pictures(self.columns.of(self.rows[at], field), field, at)

    def with_pictures(self, text: str, field: str, at: int = 0) -> Words:
        """Return ``text`` with the pictures over the cell of ``field``."""
        if self.of("format") == EXACT_HTML:
            return Words(text, html=True)
        column = self.columns.place(field)
        shown = self.pictures(at, column) if column is not None else []
        bare = re.sub(r'^=?(?:_xlfn\.)?DISPIMG\("([^"]*)".*\)$', "", text)
        if not shown:
            return Words(text)
        images = "".join(f'<img src="{html.escape(source)}" alt="">' for source in shown)
        return Words(f"{as_html(bare)}<br>{images}" if bare else images, html=True)


def draft_of(row: Row, note: Note) -> tuple[QuestionDraft, str]:
    """Return the question of a row, and its own id. Raises ``Refused``."""
    exact = row.of("format") in (EXACT, EXACT_HTML)
    if row.of("video"):
        raise Refused("rich-element", tag="video")
    text, options, right = _asked(row, exact=exact)
    kind = _kind(row, text, options, right, note)
    draft = QuestionDraft(kind, text, options)
    if row.columns.has("right"):
        draft.right = right
        _explained_options(row, draft)
    draft.prompts = [
        row.with_pictures(prompt, prompt_field(place))
        for place, prompt in enumerate(row.columns.many(row.rows[0], prompt_field))
    ]
    if not (row.columns.has("right") and kind in ("single", "multiple", "truefalse")):
        answered(draft, row.of("answer"), row.of("tolerance"), note, exact=exact)
    elif kind == "truefalse":
        draft.right = _true_side(draft, right)
    if kind == "multiple" and len(draft.right) == 1 and "不定项" in row.of("type"):
        draft.kind = "single"
        note("note-one-of-several")
    draft.explain.append(row.words("explain"))
    draft.chapter, draft.see = row.of("chapter"), see_of(row.of("see"))
    draft.difficulty = difficulty_of(row.of("difficulty"), note)
    own = row.of("id")
    return draft, own if is_usable_id(own) else ""


def _asked(row: Row, *, exact: bool) -> tuple[Words, list[Words], list[int]]:
    """Return text, options, and places of options that are marked right."""
    text = _with_file(row, row.words("text"), "picture")
    if row.columns.has("right"):
        filled = [at for at in range(len(row.rows)) if _option_at(row, at).source]
        right = [
            place
            for place, at in enumerate(filled)
            if looks_true_or_false(row.columns.of(row.rows[at], "right")) is True
        ]
        return text, [_option_at(row, at) for at in filled], right
    texts = row.columns.many(row.rows[0], option_field)
    if any(texts):
        bare = texts if exact else _without_letters(texts)
        options = [row.with_pictures(option, option_field(n)) for n, option in enumerate(bare)]
        return text, options, []
    if row.of("options"):
        return text, [Words(option) for option in split_options(row.of("options"))], []
    if not exact and not text.html:
        stem, inside = _options_in(text.source)
        return Words(stem), [Words(option) for option in inside], []
    return text, [], []


def _option_at(row: Row, at: int) -> Words:
    return _with_file(row, row.words("options", at), "option_picture", at)


def _with_file(row: Row, words: Words, field: str, at: int = 0) -> Words:
    """Add the picture that a column of its own names; a missing one is refused later."""
    named = row.columns.of(row.rows[at], field)
    over = row.words(field, at)
    if over.html and row.of("format") != EXACT_HTML:
        image = over.source
    elif named:
        image = f'<img src="{html.escape(named)}" alt="">'
    else:
        return words
    before = words.source if words.html else as_html(words.source)
    return Words(f"{before}<br>{image}" if before else image, html=True)


def _explained_options(row: Row, draft: QuestionDraft) -> None:
    filled = [at for at in range(len(row.rows)) if _option_at(row, at).source]
    for place, at in enumerate(filled):
        words = row.words("option_explain", at)
        if words.source and place < len(LETTERS):
            draft.explain.append(labelled(LETTERS[place], words))


def _true_side(draft: QuestionDraft, right: list[int]) -> list[int]:
    """Which of 正确 and 错误 is marked, in whatever order the two stand."""
    sides = [looks_true_or_false(draft.options[place].source) for place in right]
    if len(draft.options) != 2 or len(sides) != 1 or sides[0] is None:
        raise Refused("asked-no-answer")
    return [0 if sides[0] else 1]


def _kind(
    row: Row, text: Words, options: list[Words], right: list[int], note: Note
) -> QuestionType:
    """Return the type: by its name, by the title above or the sheet's, or by the answer."""
    for name in (row.of("type"), row.section):
        folded = _folded(name)
        if name == row.of("type") and folded.isdecimal():
            return _coded(folded, row.columns.mapping.get("type", ""), note)
        kind, is_choice = kind_named(folded)
        if is_choice:
            break
        if kind is not None:
            return kind
        if name == row.of("type") and folded:
            raise Refused("asked-type", type=name[:40])
    return shown_kind(row.of("answer"), text, options, right)


def kind_named(name: str) -> tuple[QuestionType | None, bool]:
    """Return the type that a name means, and whether it only says that options are given."""
    folded = _folded(name)
    if folded in _NAMES:
        return _NAMES[folded], False
    if any(word in folded for word in _CHOICE) and not any(
        word in folded for kind, words in _TYPES[:1] + _TYPES[-1:] for word in words
    ):
        return None, True
    for kind, words in _TYPES:
        if any(word in folded for word in words):
            return kind, False
    return None, False


def _folded(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def _coded(code: str, heading: str, note: Note) -> QuestionType:
    """Return the type that a number means: by its heading (0单选，1判断), else as usual."""
    kinds_by_number = {
        number: kind
        for number, word in re.findall(r"(\d)\s*[-—:：.、=]?\s*([\u4e00-\u9fff]+)", heading)
        for kind, words in reversed(_TYPES)
        if any(type_name in word for type_name in words)
    }
    if code in kinds_by_number:
        return kinds_by_number[code]
    if kinds_by_number or code not in _CODES:
        raise Refused("asked-type", type=code)
    note("note-type-code")
    return _CODES[code]


def shown_kind(answer: str, text: Words, options: list[Words], right: list[int]) -> QuestionType:
    """Return the type that a question without one shows by its options and answer."""
    # "x" and "y" are options of their own, not a wrong and a right.
    sides = [
        None
        if option.source.strip().isascii() and len(option.source.strip()) < 4
        else looks_true_or_false(option.source)
        for option in options
    ]
    if len(sides) == 2 and None not in sides and sides[0] != sides[1]:
        return "truefalse"
    if options:
        count = len(right) or len(chosen(answer, [option.source.strip() for option in options]))
        return "multiple" if count > 1 else "single"
    if count_blanks(text.source, rich=text.html):
        return "fill"  # also where the answer is V or T
    if looks_true_or_false(answer) is not None:
        return "truefalse"
    return "fill" if count_brackets(text.source, rich=text.html) else "essay"


def _without_letters(texts: list[str]) -> list[str]:
    """Options without the letters that some write before each, when all have their own."""
    marks = [re.match(rf"\s*[（(]?{letter}\s*[.．、:：)）]\s*", text, re.IGNORECASE)
             for letter, text in zip(LETTERS, texts, strict=False)]  # fmt: skip
    if len(texts) > 1 and all(mark for mark, text in zip(marks, texts, strict=True) if text):
        return [
            text[mark.end() :] if mark else text for mark, text in zip(marks, texts, strict=True)
        ]
    return texts


def _options_in(text: str) -> tuple[str, list[str]]:
    """Return a text and the options that stand in it: below, or behind it on its line."""
    for begin in (*re.finditer(r"\n\s*[（(]?[AＡ]\s*[.．、:：)）]", text), *_INLINE.finditer(text)):
        options = split_options(text[begin.start() :].strip())
        if len(options) > 1:
            return text[: begin.start()].rstrip(), options
    return text, []


def difficulty_of(text: str, note: Note) -> int:
    """Return 1 (easy) to 5; 0 if unknown. A fraction is the share of people who answer right."""
    folded = unicodedata.normalize("NFKC", text).strip().casefold().removesuffix("题")
    if not folded:
        return 0
    if folded in _LEVELS:
        return _LEVELS[folded]
    if re.fullmatch("[0-5]", folded):
        return int(folded)
    if re.fullmatch(r"0?\.[0-9]+", folded):
        return 5 - min(4, int(float(folded) * 5))
    note("note-difficulty")
    return 0
