"""Histories of people in the words of the pages: what changed, from when, by whom, why."""

from collections.abc import Sequence
from dataclasses import dataclass

from content.face.spoken import moment
from content.face.words import gettext as _
from hub.people.changes import day_of
from hub.people.roster_plan import ChangeKind, Doubt
from hub.store.histories import NotedChange, Standing
from hub.store.rosters import ListedLearner
from hub.store.scope import Scope
from hub.web import audit_words


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One row of a history. ``day``: from when on it is so; ``changed``: what, old and new."""

    day: str
    changed: tuple[tuple[str, str, str], ...]
    why: str
    by: str
    noted: str
    import_id: int | None
    is_undone: bool


def steps(history: Sequence[NotedChange], scope: Scope) -> list[HistoryStep]:
    """A history, the newest first. Units outside the scope are not named."""
    found, before = list[HistoryStep](), None
    for change in history:
        found.append(_step(before, change, scope))
        if change.undone_at is None:
            before = change
    return found[::-1]


def state_words(state: str, other: str = "") -> str:
    """How somebody stands to the roster, as words."""
    if state == Standing.DUPLICATE:
        return _("与学号 %(number)s 是同一个人", number=other)
    return audit_words.standing(state)


def standing_of(learner: ListedLearner, history: Sequence[NotedChange]) -> str:
    """The same of a learner, with the day; also of one whose import was taken back."""
    last = next((change for change in reversed(history) if change.undone_at is None), None)
    if last is None:
        return _("在职") if learner.active else _("导入已撤销，不在册")
    words = state_words(last.state, last.other)
    if last.state == Standing.PRESENT:
        return words
    return _("%(state)s，%(day)s起；成绩保留", state=words, day=day_of(last.since).isoformat())


def leaving_reasons() -> list[tuple[str, str]]:
    """Why people leave, as the choices of a field."""
    reasons = (Standing.RETIRED, Standing.LEFT, Standing.SECONDED, Standing.DUPLICATE)
    return [(each.value, audit_words.standing(each)) for each in reasons]


def kind_words(kind: str) -> str:
    """What a row of a roster changes, as a word; also the filters of the preview."""
    words = {
        "all": _("全部变化"),
        "doubtful": _("要核对"),
        ChangeKind.NEW.value: _("新增"),
        ChangeKind.MOVED.value: _("调动"),
        ChangeKind.RENAMED.value: _("改名"),
        ChangeKind.POST.value: _("改职务"),
        ChangeKind.RETURNED.value: _("回来"),
        ChangeKind.MISSING.value: _("表里没有"),
        "refused": _("有错"),
    }
    return words.get(kind, kind)


def doubt_words(doubt: str, near: str) -> str:
    """Why a row should be looked at."""
    words = {
        Doubt.OTHER_NAME.value: _("同一个学号，姓名完全不同"),
        Doubt.NEIGHBOUR.value: _("新姓名是上一行或下一行的人"),
        Doubt.SPELLING.value: _("学号写法不同，算同一个人"),
        Doubt.TWIN.value: _("本单位已有同名的人，学号 %(number)s", number=near),
    }
    return words[doubt]


def _step(before: NotedChange | None, now: NotedChange, scope: Scope) -> HistoryStep:
    def unit(change: NotedChange) -> str:
        return change.unit_name if scope.holds(change.unit_path) else _("别的单位")

    changed = []
    if before is None:
        changed.append((_("入册"), "", f"{unit(now)} {now.post}".strip()))
    else:
        for what, old, new in (
            (_("状态"), state_words(before.state, before.other), state_words(now.state, now.other)),
            (_("单位"), unit(before), unit(now)),
            (_("姓名"), before.name, now.name),
            (_("职务"), before.post or "–", now.post or "–"),
        ):
            if old != new:
                changed.append((what, old, new))
    return HistoryStep(
        day_of(now.since).isoformat() if now.since else _("建册时"), tuple(changed), now.why,
        now.by, moment(now.at) if now.at else "", now.import_id, now.undone_at is not None,
    )  # fmt: skip
