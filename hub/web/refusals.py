"""Refusals in words: what was not done, and what to do next, for each error that a page can meet.

Logs keep the error's own English text and its code; whoever reads a page gets these sentences.
``tests/hub/web/test_refusals.py`` asks for a sentence of each error that there is.
"""

from collections.abc import Callable, Mapping
from typing import Any

from content.face import spoken
from content.face.words import gettext as _
from hub.errors import HubError, MachineError, NotAllowed, TooMany

Said = tuple[str, str]


def said(fault: HubError) -> Said:
    """What was refused, and what to do next."""
    if isinstance(fault, MachineError):  # nothing that whoever asked could put right
        return _("枢纽出了差错"), _("请稍后再试；仍不行请告诉总局管理员。")
    words = _SENTENCES.get(fault.code)
    if words is not None:
        return words(fault)
    if fault.status == 404:
        return _("这里没有这一页"), _("它可能已被移走，或不在您负责的单位范围之内。")
    return _("没有做成，什么也没有改变"), _("请回到上一页，核对后再试一次。")


def is_known(code: str) -> bool:
    """Whether there are words for errors of this code."""
    return code in _SENTENCES


def _gone(fault: HubError) -> Said:
    return _("这里没有这一页"), _("它可能已被移走，或不在您负责的单位范围之内。")


def _too_many(fault: TooMany) -> Said:
    again = spoken.lasting(fault.again_s)
    return _("试得太快了"), _("请 %(time)s后再试。", time=again)


def _not_allowed(fault: NotAllowed) -> Said:
    return _("您的账号不能做这件事"), _("请联系管您账号的管理员；他可以给您需要的角色。")


def _missing_column(fault: Any) -> Said:
    columns = {
        "number": _("学号"),
        "name": _("名称或姓名"),
        "unit": _("单位代码"),
        "code": _("代码"),
    }
    column = columns.get(fault.column, fault.column)
    return (
        _("表里找不到“%(column)s”这一列", column=column),
        _("请选出哪一列是“%(column)s”，或在表里写上列名。", column=column),
    )


def _licence_ended(fault: Any) -> Said:
    return (
        _("许可到 %(day)s 为止，已经过期，不能发布。", day=fault.expires),
        _("请先续购许可，在课程说明里改到期日，再发布。"),
    )


def _licence_counted(fault: Any) -> Said:
    return (
        _("这门课程的许可只够 %(n)s 个站点，不能复制", n=fault.allowed),
        _("请直接用原来的课程；要改，请告诉它属于的单位。"),
    )


def _too_many_stations(fault: Any) -> Said:
    return (
        _("会发给 %(n)s 个站点，许可只够 %(m)s 个。", n=fault.stations, m=fault.allowed),
        _("请发给小一些的单位，或续购许可后在课程说明里改站点数。"),
    )


def _course_of_another(fault: Any) -> Said:
    return (
        _("这门课程属于%(unit)s", unit=fault.unit),
        _("请在课程页点“复制成自己的课程”，用自己的编号另编一门。"),
    )


def _edited(fault: Any) -> Said:
    return (
        _("%(name)s 刚改过这份草稿", name=fault.by),
        _("您填的还没有保存。请回到上一页，把您填的内容留一份，再打开草稿看看。"),
    )


def _bad_day(fault: Any) -> Said:
    return (
        _("这一天不行，什么也没有改变"),
        _("请填 %(first)s 到 %(last)s 之间的一天。", first=fault.first, last=fault.last),
    )


# By code: what was refused, and what to do next.
_SENTENCES: Mapping[str, Callable[[Any], Said]] = {
    "bad-day": _bad_day,
    "bad-dates": lambda fault: (
        _("结束日期在开始日期之前"),
        _("请改正开始和结束的日期。"),
    ),
    "changed-since-review": lambda fault: (
        _("送审以后题目或素材变了"),
        _("请作者重新送审。"),
    ),
    "class-over": lambda fault: (
        _("这个班已经结束或取消，或还没有开始"),
        _("请看班的页面；下一期请复制它，另设一个班。"),
    ),
    "code-in-use": lambda fault: (
        _("这个代码已经用过"),
        _("用过的代码不再给别的单位，请换一个。"),
    ),
    "code-expired": lambda fault: (
        _("接入码已过期"),
        _("请在站点页换一个新的接入码。"),
    ),
    "code-used": lambda fault: (
        _("接入码已经用过"),
        _("一个接入码只能用一次。请在站点页换一个新的。"),
    ),
    "course-of-another": _course_of_another,
    "changed-meanwhile": lambda fault: (
        _("别人刚改过，您的这一步没有做"),
        _("请重新打开那一页，看看现在是什么样，再决定要不要改。"),
    ),
    "edited-meanwhile": _edited,
    "import-undone": lambda fault: (
        _("这次导入已经撤销过了"),
        _("不用再撤销；学员已恢复成导入以前的样子。"),
    ),
    "key-away": lambda fault: (
        _("签这门课程的密钥不在枢纽上"),
        _("请保管密钥的同事在枢纽的命令行里发布。"),
    ),
    "key-taken": lambda fault: (
        _("这把密钥属于另一台站点机"),
        _("请问清站点是否复制过硬盘；是的话，关掉其中一台。"),
    ),
    "last-administrator": lambda fault: (
        _("这是总局最后一个管理员"),
        _("请先让另一个人做管理员。"),
    ),
    "licence-counted": _licence_counted,
    "licence-ended": _licence_ended,
    "many-renamed": lambda fault: (
        _("表里有 %(n)s 人的姓名与学号对不上，没有写入", n=fault.renamed),
        _("请看改名的每一行；都对，就勾选确认再导入。"),
    ),
    "missing-column": _missing_column,
    "name-taken": lambda fault: (
        _("这个名字或编号已经用了，或不能用"),
        _("请换一个没有人用过的。"),
    ),
    "no-such-account": _gone,
    "no-such-bank": lambda fault: (
        _("没有这个题库，或它没有给您的单位用"),
        _("请另选一个题库，或请它所属的单位在题库页面点“给下级用”。"),
    ),
    "no-such-draft": lambda fault: (
        _("没有这份草稿，或不在您的范围里"),
        _("它可能已经删去。请在“编写”里看看还有哪些。"),
    ),
    "no-such-material": lambda fault: (
        _("没有这个素材，或它不在您的范围里"),
        _("请在“素材”里另选一个。"),
    ),
    "no-such-record": _gone,
    "not-a-proof": lambda fault: (_("这个文件不是证明"), _("请选枢纽导出的证明文件。")),
    "not-a-receipt": lambda fault: (_("这个文件里没有本枢纽的回执"), _("请选站点机导出的回执。")),
    "not-allowed": _not_allowed,
    "not-at-unit": lambda fault: (
        _("学号 %(number)s 不在这个单位", number=fault.number),
        _("请核对学号，或在“学员”里查找。"),
    ),
    "not-voidable": lambda fault: (
        _("第 %(v)s 版不能作废", v=fault.version),
        _("最新的一版、已经作废的版不能作废，也要写明原因。要换下最新的一版，请先发布新版。"),
    ),
    "not-now": lambda fault: (
        _("草稿现在的状态不能这样做"),
        _("它可能刚被送审、通过或发布。请打开草稿看看，要改先撤回。"),
    ),
    "not-set-aside": lambda fault: (
        _("没有等着计入的记录"),
        _("它可能刚由别人办过。请重新打开站点的“暂不计入”页看看。"),
    ),
    "not-your-unit": lambda fault: (
        _("没有这个单位，或它不在您的范围里"),
        _("请输单位名称里的字，从列出的单位里选。"),
    ),
    "older-version": lambda fault: (
        _("已经发布过更新的版本"),
        _("请从已发布的课程点“编写新版”，在新版上改。"),
    ),
    "own-review": lambda fault: (
        _("您改过这门课程，不能由您审核"),
        _("请另一位同事审核。"),
    ),
    "standing-already": lambda fault: (
        _("这位学员已经是这样了"),
        _("可能刚由别人办过。请打开他的在册变动看看。"),
    ),
    "station-taken": lambda fault: (
        _("这里已经有站点在工作"),
        _("要换机，请到那个站点的页面办理。"),
    ),
    "too-many": _too_many,
    "too-many-stations": _too_many_stations,
    "trust-refused": lambda fault: (
        _("密钥或签名不合要求，什么也没有改变"),
        _("请保管密钥的同事在枢纽的命令行里查看原因。"),
    ),
    "unfinished": lambda fault: (
        _("还有没填好的地方"),
        _("请在“审核和发布”页看还缺什么，填好再送审。"),
    ),
    "unit-closed": lambda fault: (
        _("这个单位已经撤销"),
        _("用过的代码不再使用。请选合并后的单位，或换一个新代码。"),
    ),
    "unit-in-use": lambda fault: (
        _("还有 %(n)s 名学员在册，不能撤销", n=fault.people),
        _("请用“合并”把他们并到别的单位，或先办调动、离开。"),
    ),
    "unknown-class": lambda fault: (
        _("没有这个班"),
        _("它可能已经取消。请在“班”里看看还有哪些。"),
    ),
    "unknown-course": lambda fault: (
        _("没有这门课程，或您的单位看不到它"),
        _("请从列出的课程里选。"),
    ),
    "unknown-learner": lambda fault: (
        _("没有这个学号的学员，或他不在您的范围里"),
        _("请核对学号，或在“学员”里查找。"),
    ),
    "unknown-station": lambda fault: (
        _("没有这个站点，或它现在不能这样办"),
        _("请在“站点”里查到它，从它的页面办理。"),
    ),
    "unknown-unit": lambda fault: (
        _("没有这个代码的单位"),
        _("请输单位名称里的字，从列出的单位里选。"),
    ),
    "unreadable-table": lambda fault: (
        _("这个文件读不出表格") if fault.fault is None else fault.fault.what(_),
        _("请存成 xlsx，或 UTF-8 编码的 csv，再上传。")
        if fault.fault is None
        else fault.fault.todo(_) + _("。"),
    ),
    "upload-gone": lambda fault: (
        _("上传的文件已经不在了"),
        _("文件只留半天，或已经办过。请重新上传。"),
    ),
    "version-taken": lambda fault: (
        _("第 %(v)s 版已经发布过，内容不同", v=fault.version),
        _("请从已发布的课程点“编写新版”，在新版上改。"),
    ),
    "weak-password": lambda fault: (
        _("密码太短，或与用户名、原密码相同"),
        _("请另选一个：至少 8 个字符。"),
    ),
    "wrong-password": lambda fault: (_("用户名或密码不对"), _("请再输一次。")),
    "wrong-place": lambda fault: (
        _("单位不能放到那里"),
        _("请另选一个上级：不能是它自己、它的下级，或它现在的上级。"),
    ),
    "wrong-second-factor": lambda fault: (
        _("验证码不对，或已经用过"),
        _("请等手机上换了新的再输。"),
    ),
}
