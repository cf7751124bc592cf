"""The node's faults: each has a stable code, an HTTP status and a sentence for people.

The first split is whose doing it was: what came in (``InputError``), the machine
(``MachineError``) or the line (``LineError``).
Codes are explained for keepers in docs/errors.md. The sentences are looked up in the words
catalogue when a page or an answer shows them.
"""

from __future__ import annotations


class NodeError(Exception):
    """Something the node says no to, in words."""

    code = "node-error"
    status = 500
    words = "出了点问题，请稍后再试。"

    def __init__(self, detail: str = "", **values: object) -> None:
        super().__init__(detail or self.code)
        self.values = values


class InputError(NodeError):
    """The person or the page asked for something that cannot be."""

    code = "bad-input"
    status = 400
    words = "提交的内容有误，请返回重试。"


class MachineError(NodeError):
    """This computer cannot do it now; nothing was half done."""

    code = "machine-error"
    status = 503
    words = "本机暂时无法完成，请稍后再试。"


class NotFound(InputError):
    """No such course, item, question or learner here."""

    code = "not-found"
    status = 404
    words = "没有找到这个页面，请从首页重新进入。"


class BadRecord(InputError):
    """A record that could not be sent: a field is too long or does not belong to its kind."""

    code = "bad-record"
    words = "这项内容太长或格式不对，没有保存。"


class BodyTooLarge(InputError):
    """More was sent than any page of ours sends."""

    code = "body-too-large"
    status = 413
    words = "提交的内容太大，没有保存。"


class PackageKeepsTooMuch(InputError):
    """A SCORM package asked for more to be kept than one may keep."""

    code = "package-keeps-too-much"
    status = 413
    words = "课件要保存的内容太多，站点机没有保存。请告诉站点管理员。"


class FormExpired(InputError):
    """The form was opened before the last sign-in, or came from another site."""

    code = "form-expired"
    words = "这个页面打开得太久了，请刷新页面后再试一次。"


class UnfitSetting(InputError):
    """A setting was given a value that it cannot have; ``field`` is its name in node.toml."""

    code = "unfit-setting"

    def __init__(self, field: str, words: str, **values: object) -> None:
        super().__init__(f"{field}: {values}", **values)
        self.field = field
        self.words = words


class HubNotFound(InputError):
    """At an address that the keeper wrote, the hub of this station did not answer."""

    code = "hub-not-found"
    status = 409

    def __init__(self, words: str, detail: str) -> None:
        super().__init__(detail)
        self.words = words


class WrongJoinCode(InputError):
    """What was typed cannot be a join code."""

    code = "wrong-join-code"
    words = "接入码不对：应是 16 个字母和数字，例如 K7QF-9M2P-T4XW-3HDN。"


class AlreadyJoined(InputError):
    """This data folder belongs to a station already."""

    code = "already-joined"
    words = "这台电脑已经加入过学站，不用再加入。"


class SessionExpired(InputError):
    """The sign-in is too old or was ended; what was saved stays saved."""

    code = "session-expired"
    status = 401
    words = "登录已过期，请重新登录。已保存的内容不会丢失。"


class MovedAway(InputError):
    """The learner belongs to another station now; ``unit`` is what its unit is called."""

    code = "moved-away"
    status = 403
    words = (
        "您现在属于%(unit)s，请到那里的站点登录。学号不变，您在这里的进度和成绩会跟过去；"
        "第一次去，请那里的站点管理员打印登录条。"
    )


class ExamNotOpen(InputError):
    """The class begins later."""

    code = "exam-not-open"
    status = 409
    words = "考试还没有开放，%(opens)s 起可以参加。"


class ExamClosed(InputError):
    """The class is over."""

    code = "exam-closed"
    status = 409
    words = "考试已于 %(closes)s 截止。如需补考，请联系总局。"


class LicenceOver(InputError):
    """The licence of a bought course has run out: nothing of it is served any more."""

    code = "licence-over"
    status = 403
    words = "这门课程的许可到 %(expires)s 为止，已经不能再学。您学过的记录和成绩都保留。"


class AttemptsUsed(InputError):
    """No attempt is left."""

    code = "attempts-used"
    status = 409
    words = "%(allowed)s 次考试机会都已用完。"


class SatElsewhere(InputError):
    """The paper was opened on another device, which goes on with it."""

    code = "sat-elsewhere"
    status = 423
    words = "这份试卷已转到另一台设备上作答，这一页不再保存答案。"


class OtherLearner(InputError):
    """The page belongs to one learner, the sign-in of this browser to another."""

    code = "other-learner"
    status = 401
    words = "这台电脑上现在登录的是另一位学员，请输入您自己的密码继续考试。"


class StoreBusy(MachineError):
    """The writer did not get to it in time; nothing was stored."""

    code = "store-busy"
    words = "本机正忙，刚才的内容没有保存，请再试一次。"


class DiskFull(MachineError):
    """The disk is full; nothing was stored."""

    code = "disk-full"
    status = 507
    words = "本机磁盘已满，刚才的内容没有保存。请告诉站点管理员。"


class DiskFault(MachineError):
    """The disk reported an error; nothing was acknowledged."""

    code = "disk-fault"
    words = "本机磁盘读写出错，刚才的内容没有保存。请告诉站点管理员。"


class NewerData(MachineError):
    """A newer release wrote this data; this program knows neither its tables nor what is in them.

    Nothing was touched.
    """

    code = "newer-data"
    words = (
        "这里的数据是新版学站写的，这个程序太旧，打不开；数据一点也没有动。"
        "请重新安装新版学站，数据接着用。"
    )

    def __init__(self, version: int, known: int) -> None:
        super().__init__(f"tables of version {version}, this program knows {known}")
        self.version = version


class NotJoined(MachineError):
    """The data folder belongs to no station yet: ``xuezhan-node join`` comes first."""

    code = "not-joined"
    words = "这台电脑还没有加入学站，请先执行 xuezhan-node join。"


class PortTaken(MachineError):
    """The port that browsers ask for cannot be opened; starting again would not help."""

    code = "port-taken"
    words = (
        "端口 %(port)s 打不开，多半是另一个程序，或者另一份学站，正占着它。"
        "请关掉那个程序再启动学站，或者在 node.toml 里把 port 改成别的数。"
    )

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(f"port {port}: {reason}", port=port)


class RecordsWait(MachineError):
    """Something is to be done that needs the hub to hold everything first."""

    code = "records-wait"
    status = 409
    words = (
        "还有 %(count)s 条记录没有传到枢纽，密钥没有更换。请先同步（线路不通就用 U 盘摆渡），"
        "等待传记录变成 0 再换。"
    )

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} records wait", count=count)


class OutboxMoved(MachineError):
    """Another process sealed the same records first; the next sync goes on from there."""

    code = "outbox-moved"


class ShelfFull(MachineError):
    """A relay has no room for more; the station still has everything."""

    code = "relay-full"
    status = 507
    words = "中转站存满了，记录都还在本机，稍后会自动再试。"


class NoSuchStation(MachineError):
    """A relay keeps nothing for a station that the hub does not know."""

    code = "unknown-station"
    status = 404
    words = "枢纽里没有这个站点，请联系总局。"


class LineError(NodeError):
    """The hub could not be asked; records wait on this machine."""

    code = "line-down"
    status = 502
    words = "线路不通，记录都在本机，线路通后会自动同步。"


class NotTheHub(LineError):
    """Something answered in the hub's place: a log-in page of the network, a proxy."""

    code = "not-the-hub"
    words = "网络的登录页或代理挡住了线路（回答的不是枢纽）。请先登录网络，再点“立即同步”。"


class HubBusy(LineError):
    """The hub asks for patience: for ``again_s`` seconds, then to come with ``ticket``.

    0: it did not say for how long.
    """

    code = "hub-busy"
    words = "枢纽正忙，稍后会自动再试。记录都在本机。"

    def __init__(self, detail: str = "", again_s: int = 0, ticket: str = "") -> None:
        super().__init__(detail)
        self.again_s = again_s
        self.ticket = ticket


class HubFailed(LineError):
    """The hub, or its own proxy, answered that it failed; ``id``: where headquarters finds it."""

    code = "hub-failed"
    words = "总局的服务器出了故障，不是本站的问题。记录都在本机，修好以后会自动同步。"

    def __init__(self, detail: str = "", id: str = "") -> None:
        super().__init__(f"{detail} id={id}" if id else detail)
        self.id = id


class ForeignReceipt(LineError):
    """The hub claims to hold what this node never sealed: a restored backup or a cloned disk."""

    code = "foreign-receipt"
    words = "枢纽持有的记录与本机不一致（可能恢复过旧备份或复制过硬盘），请联系总局。"


class ContentWaits(NodeError):
    """Courses are not fetched just now (``node.link.policy`` says why); what came is kept."""

    code = "content-waits"
    status = 409
    words = "课程先不下载，给考试让路；过后会自动接着下载。"


class BadContent(LineError):
    """A course that came is not the one that was ordered."""

    code = "bad-content"
    words = "收到的课程内容与总局的指令不符，没有安装，会自动重新下载。"


class BadSource(LineError):
    """A source of content sent something else than was asked for; ``source`` is its name."""

    code = "bad-source"
    words = "“%(source)s”给的课程内容不对，已停止使用，会自动从别处下载。"

    def __init__(self, source: str, detail: str) -> None:
        super().__init__(f"{source}: {detail}", source=source)
        self.source = source


class HubRefused(LineError):
    """The hub answered and said no; ``reason`` is its code."""

    code = "hub-refused"
    words = "枢纽拒绝了本站的请求（%(reason)s），请联系总局。"

    def __init__(self, reason: str) -> None:
        super().__init__(reason, reason=reason)
        self.reason = reason
        self.words = REFUSED.get(reason, self.words)


# The hub's refusals that the keeper can do something about.
REFUSED = {
    "wrong-code": "接入码不对，请对照总局给的码再输一次。",
    "code-used": "这个接入码已经用过。请向总局要一个新的。",
    "code-expired": "这个接入码已过期。请向总局要一个新的。",
    "too-many": "试的次数太多，枢纽请您过一会儿再试。",
}
