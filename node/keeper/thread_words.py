"""Thread words: what the keeper reads about a thread of the node that is not well, and what to do.

Which threads there are and when they are not well is ``node.threads``.
"""

from __future__ import annotations

from dataclasses import dataclass

from content.face.words import gettext as _
from node.threads import ThreadFault, ThreadState


@dataclass(frozen=True, slots=True)
class ThreadWords:
    """``todo`` is empty where the keeper has nothing to do."""

    text: str
    note: str
    todo: str = ""


def describe(state: ThreadState) -> ThreadWords:
    """Say what is amiss with a thread that has a fault, what that means, and what to do."""
    if state.name == "library":
        note = _("新到的资料暂时查不到，学站会自己再试。课程和考试不受影响。")
        return ThreadWords(_("资料库很久没有更新成"), note)
    if state.name == "writer":
        text = _("新的内容存不上")
        note = _("学员的答案和学习进度现在存不上，页面上会说没有保存。以前存好的都在。")
    elif state.name == "scheduler":
        text = _("不再自动同步")
        note = _("记录都在本机，学习和考试照常；结果和新课程要等重新启动以后才来。")
    elif state.fault is ThreadFault.FAILING:
        text = _("有的后台工作一直做不成")
        note = _("日志里写了原因（%(work)s）。", work="、".join(state.undone))
    else:
        text = _("后台工作停了")
        note = _("考试时间到了不会自动交卷，停电的时间也补不上。学员自己交卷、学习照常保存。")
    note += _("重新启动以后还是这样，请打电话给总局。")
    return ThreadWords(text, note, _("把这台电脑重新启动一次"))
