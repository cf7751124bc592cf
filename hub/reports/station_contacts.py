"""One station's story: why it is silent, what waits on either side, who was in touch when."""

from dataclasses import dataclass

from sqlalchemy import Connection

from content.face import spoken
from content.face.words import gettext as _
from hub.facts.clock_skew import FAULT_S
from hub.reports import attention
from hub.reports.figures import SILENT_S
from hub.store import audit, boots, contacts, evidence
from hub.store.contacts import ListedStation
from hub.store.scope import Scope

SHOWN = 12
# Requests come every quarter of an hour; twice that still is "now".
FRESH_S = 1_800
# What the audit log calls it: replaced, or revoked.
_REVOKED = ("station revoke", "station revoked")


@dataclass(frozen=True, slots=True)
class Event:
    """One contact or change; ``kind`` as the face's timeline knows it."""

    at: int
    kind: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that the station's page tells above its roster."""

    station: ListedStation
    kind: str  # ok | waits | act
    reason: str
    events: list[Event]
    codes: list[contacts.IssuedCode]
    starts: int  # of its program, as far as it told
    forks: int  # batches that contradict accepted ones
    orders: dict[str, int]  # waiting here for the station, by kind
    records: int  # waiting at the station, by its last request
    people: int
    last_study: int | None

    @property
    def code(self) -> contacts.IssuedCode | None:
        """The code that may still be used."""
        return next((code for code in self.codes if code.used_at is None), None)


def story(connection: Connection, scope: Scope, station: ListedStation, now: int) -> Story:
    """Tell the story of a station."""
    codes = contacts.codes(connection, station.id)
    path = station.path
    return Story(
        station=station,
        kind=_kind(station, now),
        reason=_reason(station, codes, now),
        events=_events(connection, station, codes, now),
        codes=codes,
        starts=boots.count(connection, station.id),
        forks=len(contacts.forks(connection, station.id)),
        orders=contacts.orders_waiting(connection, station.id, path, station.orders_mark),
        records=max(0, station.head_seq - station.held_seq),
        people=contacts.people_of(connection, path, scope),
        last_study=contacts.last_study(connection, path, scope),
    )


def order_words(kind: str, count: int) -> str:
    """Orders of one kind that wait: "名册 12 条"."""
    words = {
        "roster": _("名册 %(n)s 条", n=count),
        "course": _("课程 %(n)s 门", n=count),
        "class": _("班 %(n)s 个", n=count),
        "result": _("成绩 %(n)s 条", n=count),
        "station": _("站点名称"),
        "keeper": _("管理员的新密码"),
        "trust": _("课程目录"),
        "facts": _("学习进度 %(n)s 人", n=count),
        "moved": _("调走的 %(n)s 人去了哪里", n=count),
    }
    return words.get(kind, f"{kind} {count}")


def clock_words(skew_s: int) -> str:
    """How far a station's clock is off: "站点的钟快 2 小时"."""
    off = spoken.lasting(abs(skew_s))
    return _("站点的钟快 %(off)s", off=off) if skew_s > 0 else _("站点的钟慢 %(off)s", off=off)


def _reason(station: ListedStation, codes: list[contacts.IssuedCode], now: int) -> str:
    waits = station.state == "waiting"
    if waits and not any(code.used_at is None and code.expires_at >= now for code in codes):
        return _("接入码已过期，没有用上。请换一个新的。")
    return attention.reason(station, now)


def _kind(station: ListedStation, now: int) -> str:
    if station.state in ("frozen", "revoked") or station.refusal:
        return "act"
    if station.state == "waiting":
        return "waits"
    silence = now - (station.last_seen_at or 0)
    if silence > SILENT_S:
        return "act"
    return "ok" if silence < FRESH_S else "waits"


def _revoked(connection: Connection, station: ListedStation) -> list[Event]:
    """When a station was put out of use, and by whom."""
    if station.state != "revoked":
        return []
    done = audit.latest_about(connection, _REVOKED, "node", station.id)
    if done is None:
        return []
    return [Event(done.at, "act", _("已停用"), _("%(who)s停用了它", who=done.user))]


def _events(
    connection: Connection, station: ListedStation, codes: list[contacts.IssuedCode], now: int
) -> list[Event]:
    events = [Event(station.added_at, "quiet", _("总局添加了这个站点"))]
    for code in codes:
        if code.used_at is None and code.expires_at < now:
            events.append(Event(code.expires_at, "act", _("接入码过期，没有用上")))
        if code.made_at != station.added_at:
            events.append(Event(code.made_at, "quiet", _("换发了接入码")))
    if station.joined_at:
        events.append(Event(station.joined_at, "ok", _("站点机用接入码接入")))
    seen, came = station.last_seen_at, evidence.arrival_days(connection, station.id, SHOWN)
    for day in came:
        text = _("收到 %(n)s 条记录", n=spoken.count(day.records))
        note = _("这一天传了 %(n)s 次", n=day.batches) if day.batches > 1 else ""
        if abs(day.clock_skew_s) > FAULT_S:
            clock = _("%(clock)s，时间已更正", clock=clock_words(day.clock_skew_s))
            note = f"{note}{_('；')}{clock}" if note else clock
        events.append(Event(day.latest_at, "ok", text, note))
    events += _revoked(connection, station)
    for at in contacts.forks(connection, station.id):
        events.append(Event(at, "act", _("收到互相矛盾的记录，已另存，不计入")))
    if station.refusal_at:
        kind = "act" if station.refusal else "quiet"
        why = attention.refusal(station.refusal) if station.refusal else _("后来已恢复")
        events.append(Event(station.refusal_at, kind, _("拒绝了一次同步"), why))
    if seen and seen not in [day.latest_at for day in came]:
        events.append(Event(seen, "ok", _("最近一次联系")))
    return sorted(events, key=lambda event: -event.at)[:SHOWN]
