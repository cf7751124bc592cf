"""Line settings as the keeper sets them on a page: checked, kept in node.toml, obeyed at once.

What they mean is ``node.link.policy``; here is also what follows from them now, in words.
"""

from __future__ import annotations

from collections.abc import Mapping

from content.face import spoken
from content.face.words import gettext as _
from node.config import Config, limit_faults
from node.errors import UnfitSetting
from node.hours import Hours
from node.keeper import settings_form
from node.keeper.settings_form import Form
from node.link.policy import Why
from node.runtime import NodeRuntime

RATES = ("line_kbit_s", "content_kbit_s")
HOURS = ("content_hours", "record_hours")


def form_of(config: Config) -> Form:
    """The form with what is in force."""
    return Form({name: str(getattr(config, name)) for name in (*RATES, *HOURS)}, {})


def set_limits(runtime: NodeRuntime, fields: Mapping[str, str]) -> Form:
    """Apply what a keeper wrote; if the answer has faults, nothing was changed.

    Raises:
        UnfitSetting: node.toml was broken by hand meanwhile, and was left alone.
        DiskFull, DiskFault: it cannot be kept.
    """
    values = {name: fields.get(name, "").strip() for name in (*RATES, *HOURS)}
    faults = {
        name: UnfitSetting(name, "请填一个整数；不限速就填 0。")
        for name in RATES
        if settings_form.number(values[name]) is None
    }
    for fault in limit_faults(settings_form.changed(runtime.config, _settings(values))):
        faults.setdefault(fault.field, fault)
    if faults:
        return Form(values, faults)
    values.update({name: str(Hours.parse(values[name])) for name in HOURS})
    settings_form.keep(runtime, _settings(values))
    return form_of(runtime.config)


def _settings(values: Mapping[str, str]) -> dict[str, str | int]:
    rates = {name: settings_form.number(values[name]) or 0 for name in RATES}
    return {**rates, **{name: values[name] for name in HOURS}}


def content_words(runtime: NodeRuntime) -> str:
    """Why courses do not come at full speed now; "" when they do."""
    courier = runtime.courier
    wait = courier.policy.content_waits()
    if wait is None:
        slowed = courier.policy.congestion.slowed
        return _("好像有人在用线路，课程下载自动放慢了，线路空下来就恢复。") if slowed else ""
    if wait.why is Why.EXAM:
        return _("正在考试，课程等考完再下载。")
    if wait.why is Why.RECORDS:
        return _("正在同步记录，完了接着下载课程。")
    return _(
        "课程只在 %(hours)s 下载，%(at)s 开始。",
        hours=spelled(courier.policy.content_hours),
        at=spoken.clock(wait.until),
    )


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
