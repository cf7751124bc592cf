"""What the keeper is told: is all well, and if not, the one thing to do next.

Looks at the computer (``node.keeper.computer``), clock, identity, backup, line, content, accounts;
each becomes a ``HealthCheck`` in words, and the most pressing of them the sentence at the top. Who
is behind is ``node.keeper.learner_overview``.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from content.face import spoken
from content.face.words import gettext as _
from node import calendar
from node.courses import trust_errors
from node.courses.disk_space import gone_from
from node.errors import DiskFault, DiskFull
from node.exchange import lineage
from node.keeper import backup, computer, line_settings
from node.keeper.computer import ACT, OK, WAITS, HealthCheck
from node.runtime import NodeRuntime
from node.store import courses, failures, learners, meta

# A line that was down for so long is worth a telephone call; shorter cuts are normal.
LONG_DOWN_S = 3 * 86_400
# Records that were only on this disk for so long are worth a backup.
BACKUP_S = 7 * 86_400
# For so long the keeper is told that a new numbering began: a copied disk would show that way.
NEW_EPOCH_S = 30 * 86_400

# What to do first about a certificate, by the fault's code.
CERTIFICATES = {
    "wrong-certificate": "打开浏览器，登录上网认证页面；没有的话打电话给总局",
    "expired-certificate": "看看这台电脑的日期和时间对不对，不对就改好",
    "no-ca-file": "把总局给的证书文件放好（hub_ca）",
}

# For so long the keeper is told of a source that gave wrong bytes.
BAD_SOURCE_S = 3 * 86_400

# Wrong PINs for one account from anywhere that are no mistakes any more (node.sign_in.guessing).
MANY_TRIES = 10


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The sentence, and what it follows from."""

    kind: str
    sentence: str
    note: str
    pressing: HealthCheck | None
    conditions: tuple[HealthCheck, ...]


def look(runtime: NodeRuntime) -> HealthReport:
    """Look at everything now. The page shows first what is asked for most; what is rare and amiss
    stands before it."""
    disk, clock, line, saved = (
        computer.disk(runtime), _clock(runtime), _line(runtime), _backup(runtime)
    )  # fmt: skip
    content, accounts = _content(runtime), _accounts(runtime)
    rare = (*computer.ports(runtime), *computer.threads(runtime))
    identity = tuple(_identity(runtime))
    by_weight = (disk, *rare, clock, *identity, saved, line, content, accounts)
    conditions = (*rare, *identity, line, saved, accounts, content, disk, clock)
    for kind in (ACT, WAITS):
        for condition in by_weight:
            if condition.kind == kind:
                return _says(condition, conditions)
    sentence = _("一切正常")
    return HealthReport(OK, sentence, _("现在不用做什么。"), None, conditions)


def _says(pressing: HealthCheck, conditions: tuple[HealthCheck, ...]) -> HealthReport:
    if pressing.kind == ACT:
        sentence = _("请做一件事：%(todo)s", todo=pressing.todo)
        return HealthReport(ACT, sentence, pressing.note, pressing, conditions)
    return HealthReport(WAITS, pressing.text, pressing.note, pressing, conditions)


def _clock(runtime: NodeRuntime) -> HealthCheck:
    state, by_hub = runtime.clock.state(), runtime.clock.by_hub()
    name, icon = _("时间"), "clock"
    text = spoken.moment(runtime.clock.truth())
    if not state.wrong:
        note = _("已与枢纽核对") if state.from_hub else _("按本机时间，下次同步时核对")
        return HealthCheck(name, icon, OK, text, note)
    gap = spoken.lasting(abs(state.off_s))
    off = (
        _("本机时间快了 %(gap)s", gap=gap)
        if state.off_s > 0
        else _("本机时间慢了 %(gap)s", gap=gap)
    )
    if by_hub is None:
        recorded = _(
            "学站没有按错误的时间记录，而是从最后一次可靠的时间往下计（现在是 %(now)s）。", now=text
        )
    else:
        recorded = _("总局的时间是 %(now)s；按错误的时间记下的，总局会更正。", now=text)
    note = recorded + _("请在电脑右下角把日期和时间改对；常常走慢，多半是主板电池没电了。")
    return HealthCheck(
        name,
        icon,
        ACT,
        off,
        note,
        todo=_("把这台电脑的日期和时间改对"),
        post="/keeper/clock",
        button=_("改好了，再看一次"),
    )


def _backup(runtime: NodeRuntime) -> HealthCheck:
    """Whether something would be lost with this disk; what headquarters has can come again."""
    name, icon = _("备份"), "folder"
    at, now = backup.newest_at(runtime.config.data), runtime.clock.now()
    again = {"post": "/keeper/backup", "button": _("现在备份")}
    waiting = runtime.line()
    said = _("最近一次：%(time)s", time=spoken.ago(max(0, now - at))) if at else _("还没有备份过")
    if runtime.disk_is_full():
        note = _("腾出空间以后再备份。要紧的话，先用 U 盘摆渡。")
        return HealthCheck(name, icon, WAITS, _("磁盘满了，现在备份不了"), note, age=said)
    # A tick beside "none was made yet" would say two things at once.
    text, age = (said, "") if at else (_("现在不用备份"), said)
    if not waiting.waiting_count:
        note = _("记录总局都有，换了硬盘也取得回来。")
        return HealthCheck(name, icon, OK, text, note, age=age, **again)
    note = _("%(n)s 条记录总局还没有，只在这台电脑上。", n=waiting.waiting_count)
    if now - max(at, waiting.waiting_since) < BACKUP_S:
        return HealthCheck(name, icon, OK, text, note, age=age, **again)
    note += _("线路长时间不通时，请备份一次，或者用 U 盘摆渡。")
    return HealthCheck(name, icon, WAITS, _("有记录很久没有备份"), note, age=said, **again)


def back_up(runtime: NodeRuntime) -> Path:
    """Copy what cannot be fetched again; return the folder of the copy.

    Raises:
        DiskFull, DiskFault: it cannot be made; the copies before stay.
    """
    try:
        return backup.back_up(runtime.config.data)
    except OSError as error:
        raise (DiskFull if error.errno == errno.ENOSPC else DiskFault)(str(error)) from error
    except sqlite3.Error as error:
        raise (DiskFull if "full" in str(error) else DiskFault)(str(error)) from error


def _identity(runtime: NodeRuntime) -> Iterator[HealthCheck]:
    """The history where there is something to say of it; nobody need know that all is well."""
    check = history(runtime)
    if check.kind != OK or check.note:
        yield check


def history(runtime: NodeRuntime) -> HealthCheck:
    """Whether this computer is the station's one and only, as the hub sees it (SPEC.md §11)."""
    conn, now = runtime.store.read(), runtime.clock.now()
    refusal = meta.get(conn, meta.REFUSAL)
    name, icon = _("本机身份"), "station"
    see = {"href": "/keeper/sync", "button": _("看同步")}
    if refusal == "revoked":
        note = _(
            "也许换了新的站点机，也许有人报失。这里的记录都还在，但总局不再接收。"
            "请不要再用这台电脑上课，先打电话给总局问清楚。"
        )
        todo = _("打电话给总局：这台站点机为什么停用")
        return HealthCheck(name, icon, ACT, _("总局停用了这台站点机"), note, todo=todo, **see)
    if refusal in ("frozen", "cloned"):
        note = _(
            "多半是硬盘或文件夹被复制过。请把另一份关掉，不要再开，只留一台；"
            "然后打电话请总局恢复，恢复后点“立即同步”。两份里的记录都会保留，不会重复计算。"
        )
        todo = _("关掉另一份学站，只留一台，再打电话给总局")
        text = _("总局发现本站有两份在运行")
        return HealthCheck(name, icon, ACT, text, note, todo=todo, **see)
    if lineage.rolled_back(runtime.store, runtime.config.data):
        note = _(
            "备份以后的记录总局已经收到，下次同步时会接上并取回来，不会丢，也不会算两次。"
            "请点“立即同步”；线路不通就用 U 盘摆渡。"
        )
        return HealthCheck(name, icon, WAITS, _("本机恢复了旧备份"), note, **see)
    began = meta.number(conn, meta.EPOCH_BEGAN)
    if began and now - began < NEW_EPOCH_S:
        note = _(
            "恢复过备份，或者换过硬盘，就不用管它。如果没有，可能有人复制过这台电脑："
            "请打电话给总局。"
        )
        text = _("%(day)s接上了总局的记录，重新编号", day=spoken.day(began))
        return HealthCheck(name, icon, OK, text, note)
    return HealthCheck(name, icon, OK, _("只有这一台"))


def _line(runtime: NodeRuntime) -> HealthCheck:
    line, now = runtime.line(), runtime.clock.now()
    code = line.code
    name, icon, href, button = _("线路"), "line-ok", "/keeper/sync", _("看同步")
    waits = _waiting_words(line.waiting_count, now - line.waiting_since)
    age = spoken.ago(now - line.last_sync_at) if line.last_sync_at else _("还没有同步过")
    common = {"age": age, "href": href, "button": button}
    if line.ok:
        return HealthCheck(name, icon, OK, _("线路畅通"), waits, **common)
    if code == "disk-full":
        note = _("线路没有问题。腾出磁盘空间以后会自动同步。")
        text = _("磁盘满了，没有同步")
        return HealthCheck(name, icon, WAITS, text, f"{waits}。{note}", **common)
    icon = "line-down"
    if code == "not-the-hub":
        todo = _("打开浏览器，登录上网认证页面")
        note = _(line.words) + _(
            "这是按地址 %(url)s 去找枢纽得到的；地址不对，就到“设置”里改。",
            url=runtime.config.hub_url,
        )
        return HealthCheck(name, icon, ACT, _("被上网认证页面挡住"), note, todo=todo, **common)
    if code == "hub-failed":
        note = _("不是本站的问题，不用做什么：记录都在本机，总局修好以后会自动同步。")
        text = _("总局的服务器出了故障")
        return HealthCheck(name, icon, WAITS, text, f"{waits}。{note}", **common)
    if code in CERTIFICATES:
        todo = _(CERTIFICATES[code])
        return HealthCheck(
            name, icon, ACT, _("没有同步：对方的证书有问题"), _(line.words), todo=todo, **common
        )
    if code == "hub-refused" and history(runtime).kind == ACT:
        # The check of the history says what to do about it.
        return HealthCheck(name, icon, WAITS, _("枢纽没有接收"), waits, **common)
    if code in ("hub-refused", "foreign-receipt"):
        todo = _("打电话给总局，告诉他们：%(words)s", words=line.words)
        return HealthCheck(name, icon, ACT, _("枢纽没有接收"), waits, todo=todo, **common)
    down_s = now - max(line.last_sync_at, line.waiting_since)
    if line.waiting_count and line.waiting_since and down_s > LONG_DOWN_S:
        todo = _("检查网线和路由器，再点“立即同步”")
        return HealthCheck(name, icon, ACT, _("线路断开很久了"), waits, todo=todo, **common)
    note = _("不影响学习和考试，记录都在本机，线路通了会自动同步。")
    return HealthCheck(name, icon, WAITS, _("线路断开，%(waits)s", waits=waits), note, **common)


def _waiting_words(count: int, waited_s: int) -> str:
    if not count:
        return _("没有待传的记录")
    if waited_s < spoken.MINUTE:
        return _("%(n)s 条记录待传", n=count)
    return _("%(n)s 条记录待传，最早的已等 %(time)s", n=count, time=spoken.lasting(waited_s))


def _licences_over(runtime: NodeRuntime) -> list[str]:
    """The titles of courses here whose licence is over."""
    today = calendar.day(runtime.moment().day_at)
    return [
        course.title
        for course in courses.installed(runtime.store.read())
        if course.licence.over(today)
    ]


_SOURCES = {"hub": "枢纽（或挡在中间的代理）", "relay": "县里的中转站", "stick": "U 盘"}


def _amiss(runtime: NodeRuntime) -> tuple[str, str] | None:
    """What was wrong with content that came recently: in a few words, and what it means."""
    conn, now = runtime.store.read(), runtime.clock.now()
    if meta.get(conn, meta.CONTENT_FAULT) == "bad-content":
        note = _(
            "没有安装，学员看到的还是原来的版本。总局重新发布后会自动下载；着急请打电话给总局。"
        )
        return _("收到的课程与总局的指令不符"), note
    at, _space, name = meta.get(conn, meta.BAD_SOURCE).partition(" ")
    if not at or now - int(at) > BAD_SOURCE_S:
        return None
    source = _(_SOURCES.get(name, name))
    note = _("已停止使用它，课程改从别处下载。如果是站点机或 U 盘，请检查它的硬盘或换一个。")
    return _("“%(source)s”给的课程内容不对", source=source), note


def _taken(runtime: NodeRuntime) -> str:
    """How much of the disk courses take, if the keeper set a limit or some gave way."""
    room, gone = runtime.courier.storage, gone_from(runtime.store.read())
    words = []
    if room.most_bytes:
        used, most = spoken.size(room.used()), spoken.size(room.most_bytes)
        words.append(_("课程占磁盘 %(used)s，上限 %(most)s。", used=used, most=most))
    if gone:
        words.append(_("%(n)s 门早已结束的课程让出了磁盘，再开班时会自动下载。", n=len(gone)))
    return "".join(words)


def _content(runtime: NodeRuntime) -> HealthCheck:
    conn, now = runtime.store.read(), runtime.clock.now()
    name, icon, href, button = _("课程"), "book", "/keeper/sync#content", _("看课程")
    missing, here = courses.missing(conn), courses.count(conn)
    common = {"href": href, "button": button}
    text = _("已装好 %(n)s 门课程", n=here)
    if not missing:
        if not here:
            note = _("总局还没有给本站安排课程。安排好以后，同步时会自动下载。")
            return HealthCheck(name, icon, WAITS, _("还没有课程"), note, **common)
        note = _("最近一门：%(at)s", at=spoken.day(courses.newest_at(conn)))
        over = _licences_over(runtime)
        if over:
            text = _("%(n)s 门课程的许可已到期", n=len(over))
            note = _("不再给学员看：%(titles)s。要续用请联系总局。", titles="、".join(over[:3]))
            return HealthCheck(name, icon, WAITS, text, note, **common)
        until = runtime.courier.trust.valid_until()
        expired = ""
        if until and until < runtime.clock.truth():
            expired = _(
                "课程目录有效到 %(day)s，已经过期；已装好的照常使用，有新课程时先更新目录。",
                day=spoken.day(until),
            )
        if amiss := _amiss(runtime):
            return HealthCheck(name, icon, WAITS, *amiss, **common)
        return HealthCheck(name, icon, OK, text, expired + _taken(runtime) or note, **common)
    if meta.get(conn, meta.CONTENT_FAULT) == "disk-full":
        todo = _("腾出磁盘空间，好装下 %(n)s 门新课程", n=len(missing))
        return HealthCheck(
            name, icon, ACT, text, _("磁盘空间不够，下载停下来了。") + _taken(runtime), todo=todo,
            **common,
        )  # fmt: skip
    if amiss := _amiss(runtime):
        return HealthCheck(name, icon, WAITS, *amiss, **common)
    age = spoken.ago(now - min(wanted.since for wanted in missing))
    fault = trust_errors.BY_CODE.get(meta.get(conn, meta.TRUST_FAULT))
    if fault is not None:
        kind, todo = (ACT, _(fault.todo)) if fault.todo else (WAITS, "")
        words = _("%(n)s 门新课程还没有通过核对", n=len(missing))
        return HealthCheck(name, icon, kind, words, _(fault.words), age=age, todo=todo, **common)
    words = _("%(n)s 门课程正在下载", n=len(missing))
    note = line_settings.content_words(runtime) or _(
        "断开了会从断处接着下载，装好以前学员看到的是原来的版本。"
    )
    return HealthCheck(name, icon, WAITS, words, note, age=age, **common)


def _accounts(runtime: NodeRuntime) -> HealthCheck:
    conn = runtime.store.read()
    name, icon = _("账号"), "people"
    everyone = learners.all(conn)
    see = {"href": "/keeper/learners", "button": _("看学员")}
    locked = len(locked_learners(runtime))
    if locked:
        text, todo = _("%(n)s 位学员被锁定", n=locked), _("给 %(n)s 位被锁定的学员解锁", n=locked)
        note = _("输错太多次的电脑上，这个账号就锁定，防止猜密码；在以前登录过的电脑上照常能用。")
        see["href"] += "?show=locked"
        return HealthCheck(name, icon, ACT, text, note, todo=todo, **see)
    if not everyone:
        note = _("总局还没有下发名单。下发以后，同步时会自动收到。")
        return HealthCheck(name, icon, WAITS, _("名单上还没有学员"), note)
    text = _("名单上 %(n)s 位学员", n=len(everyone))
    without = sum(not learner.has_pin for learner in everyone)
    note = _("%(n)s 位还没有登录过", n=without) if without else _("都登录过了")
    return HealthCheck(name, icon, OK, text, note, **see)


def locked_learners(runtime: NodeRuntime) -> set[str]:
    """The numbers of learners whose PIN somebody guesses at: locked somewhere, or braked."""
    conn = runtime.store.read()
    accounts = failures.guessed(conn, MANY_TRIES)
    return {
        learner.number for learner in learners.all(conn) if f"learner {learner.number}" in accounts
    }
