"""Codes of faults, deeds and states in the words of the pages."""

from content.face.words import gettext as _
from hub.errors import HubError, MissingColumn, UnknownUnit, UnreadableTable


def deed(what: str) -> str:
    """What an audit row says, in words."""
    deeds = {
        "log in": _("登录"),
        "password changed": _("改密码"),
        "account add": _("建立账号"),
        "account close": _("停用账号"),
        "account open": _("恢复账号"),
        "init": _("建立枢纽"),
        "org import": _("导入组织机构"),
        "roster import": _("导入名册"),
        "roster withdraw": _("学员离开"),
        "station add": _("添加站点或换码"),
        "station join": _("站点机接入"),
        "station revoke": _("停用旧站点机"),
        "station revoked": _("停用站点机"),
        "station frozen": _("冻结站点"),
        "cloned": _("发现站点机有两份，已冻结"),
        "other-history": _("发现站点机恢复过旧备份或被复制"),
        "fork": _("收到互相矛盾的记录，已另存"),
        "key rotate": _("更换枢纽密钥"),
        "station active": _("恢复站点"),
        "course publish": _("发布课程"),
        "class": _("设班"),
        "facts rebuild": _("重算事实"),
    }
    return deeds.get(what, what)


def sentence(fault: HubError) -> tuple[str, str]:
    """What went wrong and what to do, for a person; the details stay beside it."""
    if isinstance(fault, UnreadableTable):
        return _("这个文件读不出表格"), _("请存成 xlsx，或 UTF-8 编码的 csv，再上传。")
    if isinstance(fault, MissingColumn):
        columns = {
            "number": _("学号"),
            "name": _("名称或姓名"),
            "unit": _("单位代码"),
            "code": _("代码"),
        }
        column = columns.get(fault.column, fault.column)
        return (
            _("第一行里找不到“%(column)s”这一列", column=column),
            _("请在第一行写上列名，例如“%(column)s”。", column=column),
        )
    if isinstance(fault, UnknownUnit):
        return _("没有这个代码的单位"), _("请在“总览”里查到单位的代码再填。")
    return _("没有做成，什么也没有改变"), _("请按下面的原因改正，再试一次。")


def standing(state: str) -> tuple[str, str]:
    """How a learner stands: the face's kind of state, and the word."""
    words = {
        "done": ("ok", _("已学完")),
        "studying": ("quiet", _("在学")),
        "behind": ("waits", _("7 天没学")),
        "unknown": ("quiet", _("情况不明")),
        "none": ("quiet", _("无必修课")),
    }
    return words[state]


def item_kind(kind: str) -> str:
    """A kind of item as a word."""
    words = {
        "video": _("视频"),
        "pdf": _("文档"),
        "page": _("图文"),
        "scorm": _("互动课件"),
        "practice": _("练习"),
        "exam": _("考试"),
    }
    return words.get(kind, kind)


GLOBALS = {"deed": deed, "sentence": sentence, "standing": standing, "item_kind": item_kind}
