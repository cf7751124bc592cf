"""What is stuck in a unit and below it, worst first, each with the next step.

Counts of people are ``hub.reports.figures``. Here is whatever keeps a station from study or from
being heard: refused or frozen, silent, without its course, never joined, full disk, wrong clock.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from content.face.words import gettext as _
from hub.reports.figures import SILENT_S
from hub.store import contacts
from hub.store.contacts import CLOCK_SKEW_S, LITTLE_DISK_MB, ListedStation
from hub.store.scope import Scope, words_of

NAMED = 4


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of trouble: how many stations have it, which, what to do."""

    kind: str  # act: somebody must do something; waits: time may mend it
    tab: str  # which tab of the stations' list shows them all
    title: str
    count: int
    todo: str
    stations: list[ListedStation]  # all of them, where they are few; else none
    places: dict[str, str]  # by path: the unit above, for many stations are called alike


def troubles(connection: Connection, scope: Scope, now: int) -> list[Trouble]:
    """Everything that is stuck; an empty list means that all is well."""
    stuck, kinds, silent_before = [], _kinds(), now - SILENT_S
    counts = contacts.counts(connection, scope, [kind[1] for kind in kinds], silent_before, now)
    for kind, tab, title, todo in kinds:
        count = counts[tab]
        if count:
            condition = contacts.conditions(tab, silent_before, now)
            few = count <= NAMED
            stations = contacts.list_stations(connection, scope, condition) if few else []
            words = words_of(connection, scope, [row.path for row in stations])
            places = {path: text.split(" › ")[-1] for path, text in words.items()}
            stuck.append(Trouble(kind, tab, title, count, todo, stations, places))
    return stuck


def reason(row: ListedStation, now: int) -> str:
    """Why a station is as it is, in one sentence, as far as headquarters can know."""
    if row.state == "waiting":
        return _("还没有用接入码接入。")
    if row.state == "frozen":
        return _("已冻结：同一台站点机的数据出现了两个版本，可能是硬盘被复制过。")
    if row.state == "revoked":
        return _("已停用：不再接收它的数据；已经收到的都保留。")
    if row.refusal:
        return _("上次同步被拒绝：%(why)s", why=refusal(row.refusal))
    if row.last_seen_at is None or row.last_seen_at < now - SILENT_S:
        return _silence(row)
    if row.head_seq > row.held_seq:
        return _("线路断续，还有记录没有传完；会自动接着传。")
    return _("正常。")


def refusal(code: str) -> str:
    """A refusal's code as a sentence; the code stays with it for the telephone."""
    sentences = {
        "sequence-gap": _("中间缺了一段记录"),
        "broken-chain": _("记录接不上以前的"),
        "bad-signature": _("签名不对"),
        "fork": _("与以前收到的记录互相矛盾"),
        "other-history": _("恢复过旧备份，或者是一份副本；它会接着总局的记录重新编号"),
        "cloned": _("同一台站点机有两份在运行"),
        "frozen": _("站点已冻结"),
        "revoked": _("站点机已停用"),
        "old-epoch": _("是重新编号以前的记录"),
        "too-large": _("一次传得太多"),
        "malformed-bytes": _("传来的内容损坏"),
        "wrong-node": _("内容属于别的站点机"),
        "unknown-name": _("记录里有不认识的编号"),
    }
    return f"{sentences.get(code, _('内容不合要求'))}（{code}）"


def _silence(row: ListedStation) -> str:
    if row.disk_free_mb is not None and row.disk_free_mb < LITTLE_DISK_MB:
        return _("失去联系前硬盘只剩 %(n)s MB。", n=row.disk_free_mb)
    if row.clock_skew_s is not None and abs(row.clock_skew_s) > CLOCK_SKEW_S:
        return _("失去联系前时钟差得很多。")
    return _("原因不明：可能是线路、停电或机器没有开。")


def _kinds() -> tuple[tuple[str, str, str, str], ...]:
    return (
        (
            "act",
            "refused",
            _("被拒绝或已冻结"),
            _("打开站点页看原因；冻结的站点要先弄清是否复制过硬盘，再决定恢复或换机。"),
        ),
        (
            "act",
            "silent",
            _("7 天以上没有联系"),
            _("打印站点联系单，打电话请站点管理员开机、检查线路；学习记录都在站点机上，不会丢。"),
        ),
        (
            "act",
            "disk",
            _("硬盘快满"),
            _("请站点管理员清理硬盘，留出 2 GB 以上，课程才装得下。"),
        ),
        (
            "act",
            "aside",
            _("有记录暂不计入"),
            _("站点传来了不属于它的学号的记录；打开站点页，看是哪些，决定计不计入。"),
        ),
        (
            "waits",
            "behind",
            _("还没有取新课程"),
            _("线路通时会自动取；一直不取，请站点管理员在站点机上点“立即同步”。"),
        ),
        (
            "waits",
            "expired",
            _("接入码已过期，没有用上"),
            _("在站点页换一个新的接入码，打印交给站点管理员。"),
        ),
        (
            "waits",
            "clock",
            _("时钟不准"),
            _("请站点管理员校准电脑时间；常常走慢的，要换主板电池。"),
        ),
    )
