"""What the keeper is told of the computer itself: its disk, its ports, the threads of the node.

Each is a ``HealthCheck`` in words; ``node.keeper.health`` looks at everything and says what is most
pressing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from content.face import spoken
from content.face.words import gettext as _
from node.keeper import thread_words
from node.runtime import NodeRuntime

# Below the first the keeper should make room; below the second new records may not be stored.
LITTLE_DISK_BYTES = 2_000_000_000
NO_DISK_BYTES = 300_000_000
OK, WAITS, ACT = "ok", "waits", "act"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One thing looked at. ``todo`` is what to do about it, for the sentence at the top."""

    name: str
    icon: str
    kind: str  # ok, waits, act
    text: str
    note: str = ""
    age: str = ""
    todo: str = ""
    href: str = ""
    post: str = ""  # instead of href: the button acts
    button: str = ""


def disk(runtime: NodeRuntime) -> HealthCheck:
    """How much room there is."""
    usage = shutil.disk_usage(runtime.config.data)
    text = _("还有 %(free)s 可用", free=spoken.size(usage.free))
    name, icon = _("磁盘"), "disk"
    how = _(
        "先清空回收站，再删掉下载的文件和看过的影片；课程占得多，就给课程定个上限。"
        "不知道哪些能删，就打电话给总局。"
    )
    courses = {"href": "/keeper/supply", "button": _("看课程占了多少")}
    if runtime.disk_is_full():
        note = _("新的学习记录和答案现在存不下，以前存好的都在。请马上腾出空间：") + how
        text = _("磁盘满了，%(free)s", free=text)
        return HealthCheck(name, icon, ACT, text, note, todo=_("腾出磁盘空间"), **courses)
    if usage.free < NO_DISK_BYTES:
        note = _("磁盘快满了，新的学习记录可能存不下。") + how
        return HealthCheck(name, icon, ACT, text, note, todo=_("腾出磁盘空间"), **courses)
    if usage.free < LITTLE_DISK_BYTES:
        note = _("学习记录够用，新课程可能装不下。") + how
        return HealthCheck(name, icon, WAITS, text, note, **courses)
    return HealthCheck(name, icon, OK, text, _("共 %(total)s", total=spoken.size(usage.total)))


def threads(runtime: NodeRuntime) -> Iterator[HealthCheck]:
    """Threads that should run and do not; nothing is shown while all is well."""
    for state in runtime.threads():
        if state.fault is not None:
            words = thread_words.describe(state)
            kind = ACT if words.todo else WAITS
            yield HealthCheck(_("学站"), "act", kind, words.text, words.note, todo=words.todo)


def ports(runtime: NodeRuntime) -> Iterator[HealthCheck]:
    """The second port, where another program holds it; nothing is shown while all is well."""
    if runtime.port_not_served:
        note = _(
            "互动课件（SCORM）现在放不出来，别的都照常。多半是另一个程序正占着这个端口："
            "关掉那个程序，或者在 node.toml 里把 play_port 改成别的数，再把学站重新启动。"
        )
        text = _("端口 %(port)s 没有打开", port=runtime.port_not_served)
        todo = _("让出端口 %(port)s，再把学站重新启动", port=runtime.port_not_served)
        yield HealthCheck(_("端口"), "act", ACT, text, note, todo=todo)
