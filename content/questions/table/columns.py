"""Columns: which heading of a table means what (SPEC.md §9.7).

A mapping is a plain ``dict`` of field to heading. ``recognise`` makes one from usual headings;
people correct it, and it is remembered under ``headings_key``.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from content.model.course import LETTERS

# Usual headings of each field, folded by ``folded``. The first fits best.
FIELDS: dict[str, tuple[str, ...]] = {
    "text": (
        "题干", "题目", "试题内容", "题目内容", "试题题干", "题目题干", "试题", "问题", "题文",
        "题目名称", "试题名称", "题目描述", "题干内容", "试题题目", "试题正文", "题目正文",
        "大题题干", "题面", "考题", "考题内容", "问题内容", "问题描述",
        "question", "questiontext", "stem",
    ),
    "type": (
        "题型", "题目类型", "试题类型", "试题题型", "类型", "题目题型", "题型名称", "questiontype",
        "type",
    ),
    "answer": (
        "答案", "正确答案", "标准答案", "参考答案", "试题答案", "题目答案", "正确选项", "正确项",
        "answer", "answers", "correctanswer", "correctanswers", "correct", "key",
    ),
    "explain": (
        "解析", "答案解析", "试题解析", "题目解析", "整体解析", "解答", "详解", "解释", "题解",
        "explanation", "explain", "feedback", "rationale",
    ),
    "difficulty": (
        "难度", "难易度", "难易程度", "试题难度", "题目难度", "难度系数", "难度等级", "难度级别",
        "difficulty", "level", "difficultylevel",
    ),
    "chapter": (
        "章节", "知识点", "所属章节", "章节名称", "知识点名称", "所属知识点", "章", "单元", "模块",
        "所属题库", "题库", "分类", "试题分类", "题目分类", "一级分类", "类别", "考点", "目录",
        "chapter", "topic", "category", "section",
    ),
    "options": (
        "选项", "选项内容", "备选项", "备选答案", "答案选项", "候选项", "候选答案", "全部选项",
        "options", "choices",
    ),
    "number": ("题目序号", "序号", "题号", "试题序号", "no", "number"),
    "id": ("编号", "试题编号", "题目编号", "试题id", "题目id", "id", "identifier"),
    "right": ("是否正确项", "是否正确", "是否正确选项", "是否答案", "是否为答案", "iscorrect"),
    "option_explain": ("选项解析", "选项说明", "optionfeedback"),
    "picture": ("题目图片", "试题图片", "题干图片", "图片", "image", "picture"),
    "option_picture": ("选项图片", "optionimage"),
    "video": ("题目视频", "视频", "video"),
    "tolerance": ("误差", "允许误差", "误差范围", "tolerance"),
    "see": ("回看",),
    "format": ("格式",),
}  # fmt: skip
_NUMERALS = "一二三四五六七八九十"
# How one option's column is called, with its letter, numeral or number for %s.
_OPTION_NAMES = ("选项%s", "%s选项", "%s", "备选答案%s", "答案%s", "备选项%s", "候选项%s",
                 "option%s", "choice%s", "answer%s", "选项%s内容")  # fmt: skip
_PROMPT_NAMES = ("左项%s", "匹配项%s", "prompt%s")


def folded(heading: str) -> str:
    """Return a heading without what people vary: width, case, blanks, signs, bracketed words."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    text = re.sub(r"\([^)]*\)|\[[^]]*\]|【[^】]*】|-\s*max \d+ characters", "", text)
    return "".join(char for char in text if char.isalnum())


def recognise(headings: Sequence[str]) -> dict[str, str]:
    """Return which of these headings are usual ones: field to heading, as it is written."""
    there: dict[str, str] = {}
    for heading in headings:
        there.setdefault(folded(heading), heading)
    there.pop("", None)
    mapping: dict[str, str] = {}
    for field, names in (*FIELDS.items(), *_lettered()):
        name = next((name for name in names if name in there), None)
        if name is not None:
            mapping[field] = there.pop(name)
    return mapping


def headings_key(headings: Sequence[str]) -> str:
    """Return the name under which a mapping for these headings is remembered."""
    text = "\n".join(folded(heading) for heading in headings).strip("\n")
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def option_field(place: int) -> str:
    """Return the field of one option's own column."""
    return f"option_{LETTERS[place].lower()}"


def prompt_field(place: int) -> str:
    """Return the field of one left side's column."""
    return f"prompt_{place + 1}"


def _lettered() -> list[tuple[str, tuple[str, ...]]]:
    """The columns of single options and left sides."""
    fields: list[tuple[str, tuple[str, ...]]] = []
    for place, letter in enumerate(LETTERS):
        signs = [letter.lower(), str(place + 1), *_NUMERALS[place : place + 1]]
        names = [name % sign for sign in signs for name in _OPTION_NAMES if name != "%s"]
        fields.append((option_field(place), (*names, letter.lower())))
        fields.append((prompt_field(place), tuple(n % (place + 1) for n in _PROMPT_NAMES)))
    return fields


class BankColumns:
    """Where the fields of a table stand, and what its headings are."""

    def __init__(self, headings: Sequence[str], mapping: Mapping[str, str]) -> None:
        self.mapping = mapping
        places: dict[str, int] = {}
        for place, heading in enumerate(headings):
            places.setdefault(heading, place)
        self._at = {field: places[name] for field, name in mapping.items() if name in places}

    @property
    def places(self) -> list[int]:
        """All columns that mean something, in their order."""
        return sorted(self._at.values())

    def has(self, field: str) -> bool:
        """Tell whether the table has a column for a field."""
        return field in self._at

    def place(self, field: str) -> int | None:
        """Return the column of a field."""
        return self._at.get(field)

    def of(self, row: Sequence[str], field: str) -> str:
        """Return what a row says in a field; "" where it has none."""
        at = self._at.get(field)
        return row[at] if at is not None and at < len(row) else ""

    def many(self, row: Sequence[str], field: Callable[[int], str]) -> list[str]:
        """Return what a row says in columns that belong together, without empty ones at its end."""
        texts = [self.of(row, field(place)) for place in range(len(LETTERS))]
        while texts and not texts[-1]:
            texts.pop()
        return texts
