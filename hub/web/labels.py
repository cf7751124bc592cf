"""Codes of faults, deeds and states in the words of the pages."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import segno
from flask import url_for
from markupsafe import Markup

from content.face.spoken import moment
from content.face.words import gettext as _
from hub.authoring import question_form
from hub.materials.import_report import ImportedThing
from hub.store.class_lists import ClassRow
from hub.store.courses import CANCELLED, Class
from hub.store.drafts import DraftEvent
from hub.web import audit_words, refusals
from hub.web.browser_words import browser_words


def role_choices(roles: Iterable[str]) -> list[tuple[str, str]]:
    """Roles as the choices of a field."""
    return [(role, audit_words.role(role)) for role in roles]


def qr_code(text: str) -> Markup:
    """A QR code as a picture within the page."""
    return Markup(segno.make_qr(text).svg_inline(scale=4, svgclass="qr-code", lineclass=None))  # noqa: S704


def standing(state: str, last_at: int | None) -> tuple[str, str]:
    """How a learner who last studied then stands: the face's kind of state, and the word."""
    words = {
        "done": ("ok", _("已学完")),
        "studying": ("quiet", _("在学") if last_at else _("还没开始")),
        "behind": ("waits", _("7 天没学") if last_at else _("还没开始")),
        "unknown": ("quiet", _("未上报")),
        "none": ("quiet", _("无必修课")),
    }
    return words[state]


def term_day(one: Class | ClassRow, day: str) -> tuple[str, str]:
    """Where a class is in its days: the face's kind of state, and the words."""
    if one.state == CANCELLED:
        return "quiet", _("已取消")
    if day > one.closes:
        return "quiet", _("提前结束") if one.state == "ended" else _("已结束")
    if day < one.opens:
        return "waits", _("还有 %(n)s 天开始", n=_days(day, one.opens))
    left = _days(day, one.closes)
    if not left:
        return "ok", _("第 %(d)s 天，今天最后一天", d=_days(one.opens, day) + 1)
    return "ok", _("第 %(d)s 天，还剩 %(n)s 天", d=_days(one.opens, day) + 1, n=left)


def unit_change_words(what: str) -> str:
    """What became of a unit, as a word."""
    words = {
        "moved": _("换上级"),
        "merged": _("并入"),
        "took-in": _("接收并入"),
        "split": _("分出"),
        "came": _("由此分出"),
        "renamed": _("改名"),
        "closed": _("撤销"),
    }
    return words.get(what, what)


def days_of(one: Class | ClassRow) -> int:
    """How many days a class has, its first and last included."""
    return _days(one.opens, one.closes) + 1


def _days(since: str, until: str) -> int:
    return (date.fromisoformat(until) - date.fromisoformat(since)).days


def item_kind(kind: str) -> str:
    """A kind of item as a word."""
    words = {
        "video": _("视频"),
        "pdf": _("文档"),
        "page": _("图文"),
        "scorm": _("互动课件"),
        "practice": _("练习"),
        "exam": _("考试"),
    }
    return words.get(kind, kind)


def what_is(what: str) -> str:
    """What a file was taken for, as a word."""
    words = {
        "film": _("视频"),
        "pdf": _("文档"),
        "picture": _("封面"),
        "subtitles": _("字幕"),
        "page": _("图文"),
        "pages": _("图文（zip）"),
        "course": _("课程文件夹"),
        "scorm": _("SCORM 课件包"),
        "bank": _("题库"),
        "document": _("资料"),
        "word": _("Word 文档"),
        "sound": _("录音"),
    }
    return words.get(what, _("认不出"))


def made_kind(kind: str) -> str:
    """What came of an import, as a word."""
    words = {
        "material": _("素材"),
        "bank": _("题库"),
        "draft": _("草稿"),
        "volume": _("资料卷"),
    }
    return words.get(kind, kind)


def made_url(imported: ImportedThing) -> str:
    """Where something that came of an import is."""
    if imported.kind == "draft":
        return url_for("authoring.show", draft_id=imported.id)
    if imported.kind == "volume":
        draft_id, _slash, volume_id = imported.id.partition("/")
        return url_for("library.show", draft_id=draft_id, volume_id=volume_id)
    if imported.kind == "bank":
        return url_for("banks.show", bank_id=int(imported.id))
    return url_for("materials.show", number=int(imported.id))


def question_type(kind: str) -> str:
    """A type of question as a word."""
    words = {
        "single": _("单选"),
        "multiple": _("多选"),
        "truefalse": _("判断"),
        "fill": _("填空"),
        "numeric": _("计算"),
        "matching": _("连线"),
        "ordering": _("排序"),
        "essay": _("问答"),
    }
    return words.get(kind, kind)


GLOBALS = {
    "deed": audit_words.deed,
    "doer": audit_words.doer,
    "particulars": audit_words.particulars,
    "role_words": audit_words.role,
    "role_choices": role_choices,
    "qr": qr_code,
    "sentence": refusals.said,
    "browser_words": browser_words,
    "standing": standing,
    "term_day": term_day,
    "days_of": days_of,
    "unit_change_words": unit_change_words,
    "item_kind": item_kind,
    "what_is": what_is,
    "made_kind": made_kind,
    "made_url": made_url,
    "question_type": question_type,
    "answer_words": question_form.answer_words,
}


def event_entry(row: DraftEvent) -> tuple[str, str, str, str]:
    """What was done with a draft, as an entry of a timeline."""
    words = {
        "begun": ("quiet", _("开始编写")),
        "copied": ("quiet", _("复制")),
        "submitted": ("waits", _("送审")),
        "withdrawn": ("quiet", _("撤回")),
        "approved": ("ok", _("通过")),
        "returned": ("act", _("退回")),
        "published": ("ok", _("发布")),
    }
    kind, word = words[row.what]
    return moment(row.at), kind, f"{word} · {row.by}", row.comment


# Rows and words as the entries of a select: (value, text).
FILTERS: dict[str, Callable[[Any], tuple[str, ...]]] = {
    "bank_count_option": lambda row: (
        str(row.id),
        _("%(title)s（%(n)s 题）", title=row.title, n=row.questions),
    ),
    "shared_option": lambda row: (str(row.id), row.title),
    "event_entry": event_entry,
    "bank_option": lambda row: (str(row.id), row.title),
    "same_option": lambda text: (text, text),
    "type_option": lambda kind: (kind, question_type(kind)),
}
