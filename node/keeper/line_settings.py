"""Line settings as the keeper sets them on a page: checked, kept in node.toml, obeyed at once.

What they mean is ``node.link.policy``; here is also what follows from them now, in words.
"""

from __future__ import annotations

from collections.abc import Mapping

from content.face import spoken
from content.face.words import gettext as _
from node.config import limit_faults
from node.errors import UnfitSetting
from node.hours import BadHours, Hours
from node.keeper import settings_form
from node.keeper.settings_form import Form
from node.link.policy import Why
from node.runtime import NodeRuntime
from node.store import learners, meta

RATES = ("line_kbit_s", "content_kbit_s")
HOURS = ("content_hours", "record_hours")
# What the node may take of the line, in percent; 0 is no limit.
SHARES = {"all": 0, "half": 50, "quarter": 25}
EXACT = "exact"  # neither: the number that was written
SPEEDS = (64, 128, 256, 512, 1_000, 2_000, 4_000, 10_000, 20_000, 50_000, 100_000)
# Of those who sit an exam, so many are named.
SAID_BY_NAME = 3


def form_of(runtime: NodeRuntime) -> Form:
    """The form with what is in force."""
    values = {name: str(getattr(runtime.config, name)) for name in (*RATES, *HOURS)}
    speed = meta.number(runtime.store.read(), meta.LINE_SPEED)
    rate = runtime.config.line_kbit_s
    fits = (name for name, part in SHARES.items() if speed and _part(speed, part) == rate)
    values["speed"] = str(speed or "")
    values["films"] = runtime.config.films
    values["share"] = next(fits, EXACT) if rate else "all"
    return Form(_with_times(values), {})


def set_limits(runtime: NodeRuntime, fields: Mapping[str, str]) -> Form:
    """Apply what a keeper wrote; if the answer has faults, nothing was changed.

    Raises:
        UnfitSetting: node.toml was broken by hand meanwhile, and was left alone.
        DiskFull, DiskFault: it cannot be kept.
    """
    names = (*RATES, *HOURS, "share", "speed", "films")
    values = {name: fields.get(name, "").strip() for name in names}
    faults = {**_take_share(values), **_take_times(values, fields)}
    for name in RATES:
        if settings_form.number(values[name]) is None:
            faults[name] = UnfitSetting(name, "请填一个整数；不限速就填 0。")
    for fault in limit_faults(settings_form.changed(runtime.config, _settings(values))):
        faults.setdefault(fault.field, fault)
    if faults:
        return Form(_with_times({**fields, **values}), faults)
    values.update({name: str(Hours.parse(values[name])) for name in HOURS})
    if values["speed"]:
        runtime.store.write(lambda conn: meta.put(conn, meta.LINE_SPEED, values["speed"]))
    settings_form.keep(runtime, _settings(values))
    return form_of(runtime)


def _take_share(values: dict[str, str]) -> dict[str, UnfitSetting]:
    """Make a number of the share of the line that was chosen, if one was."""
    speed = settings_form.number(values["speed"])
    if speed is None or (speed and speed not in SPEEDS):
        values["speed"], speed = "", 0
    part = SHARES.get(values["share"])
    if part and not speed:
        return {"speed": UnfitSetting("speed", "请选线路有多快，好算出一半和四分之一是多少。")}
    if part is not None:
        values["line_kbit_s"] = str(_part(speed, part))
    return {}


def _take_times(values: dict[str, str], fields: Mapping[str, str]) -> dict[str, UnfitSetting]:
    """Make hours of the two times of a pair of fields, where the form had them."""
    faults = {}
    for name in HOURS:
        first, end = (fields.get(f"{name}_{side}") for side in ("from", "to"))
        if first is None or end is None:
            continue
        values[name] = f"{first}-{end}" if first and end else ""
        if bool(first) != bool(end):
            words = "开始和结束两个时间都要填；随时都可以就都空着。"
            faults[name] = UnfitSetting(name, words)
        elif first and first == end:
            values[name] = ""  # a whole day
    return faults


def _with_times(values: dict[str, str]) -> dict[str, str]:
    """The values with each hours as two times; without where they are not one range."""
    for name in HOURS:
        if f"{name}_from" in values:
            continue
        try:
            ranges = str(Hours.parse(values[name])).split(", ")
        except BadHours:
            continue
        if len(ranges) == 1:
            first, _dash, end = ranges[0].partition("-")
            values[f"{name}_from"], values[f"{name}_to"] = first, end.replace("24:00", "00:00")
    return values


def _part(speed: int, percent: int) -> int:
    return speed * percent // 100


def _settings(values: Mapping[str, str]) -> dict[str, str | int]:
    rates = {name: settings_form.number(values[name]) or 0 for name in RATES}
    return {**rates, **{name: values[name] for name in (*HOURS, "films")}}


def content_words(runtime: NodeRuntime) -> str:
    """Why courses do not come at full speed now; "" when they do."""
    courier = runtime.courier
    wait = courier.policy.content_waits()
    if wait is None:
        slowed = courier.policy.congestion.slowed
        return _("好像有人在用线路，课程下载自动放慢了，线路空下来就恢复。") if slowed else ""
    if wait.why is Why.EXAM:
        return _exam_words(runtime)
    if wait.why is Why.RECORDS:
        return _("正在同步记录，完了接着下载课程。")
    return _(
        "课程只在 %(hours)s 下载，%(at)s 开始。",
        hours=spelled(courier.policy.content_hours),
        at=spoken.clock(wait.until),
    )


def _exam_words(runtime: NodeRuntime) -> str:
    conn = runtime.store.read()
    numbers = [sat.attempt.learner for sat in runtime.courier.policy.exams_sat()]
    people = [learners.find(conn, number) for number in numbers[:SAID_BY_NAME]]
    who = _("、").join(learner.name for learner in people if learner)
    if len(numbers) > SAID_BY_NAME:
        who = _("%(who)s 等 %(n)s 人", who=who, n=len(numbers))
    return _("%(who)s 正在考试，课程等考完再下载。", who=who or _("有人"))


def record_words(runtime: NodeRuntime) -> str:
    """Why the node does not sync by itself now; "" when it does."""
    policy = runtime.courier.policy
    until = policy.records_wait()
    if not until:
        return ""
    return _(
        "自动同步只在 %(hours)s 进行，%(at)s 开始。交卷的成绩和“立即同步”随时都传。",
        hours=spelled(policy.record_hours),
        at=spoken.clock(until),
    )


def spelled(hours: Hours) -> str:
    """Hours as people read them: "20:00–06:30、12:00–13:30"."""
    return str(hours).replace("-", "–").replace(", ", _("、"))
