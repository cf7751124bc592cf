"""The audit log in the words of the page: who, what, and what it was about.

Rows keep codes and parameters (``store.audit_events``), so that a log reads the same for years
whatever pages say. Here they become words, and words that are searched for become codes again.
"""

import re

from content.face.words import gettext as _
from hub.store.audit import AuditEntry
from hub.store.audit_events import EVENTS


def _events() -> dict[str, tuple[str, ...]]:
    """By code: what was done, then what it was about, in parts that a comma joins."""
    node, unit = _("站点机 %(node)s 号"), "%(unit)s"
    bank, question = _("题库 %(bank)s 号"), _("题 %(question)s")
    learner, why, old_new = "%(learner)s", "%(why)s", "%(before)s → %(after)s"
    number = _("导入 %(number)s 号")
    draft, title, comment = "%(draft)s", "%(title)s", "%(comment)s"
    reason = _("原因：%(reason)s")
    imported = _("%(file)s：收下 %(imported)s，以前就有 %(same)s，退回 %(refused)s，共 %(total)s")
    return {
        "account add": (_("建立账号"), "%(account)s", "%(role)s", unit),
        "account close": (_("停用账号"), "%(account)s"),
        "account details": (_("改动账号资料"), "%(account)s"),
        "account open": (_("恢复账号"), "%(account)s"),
        "account reset": (_("重设密码"), "%(account)s"),
        "aside count": (_("计入别的学号的记录"), node, "%(learner)s", "%(reason)s"),
        "aside leave": (_("不计入别的学号的记录"), node, "%(learner)s", "%(reason)s"),
        "backup": (_("备份枢纽"), "%(folder)s"),
        "bank away": (_("收起题库"), title),
        "bank close": (_("题库不再给下级用"), title),
        "bank open": (_("题库给下级用"), title),
        "bank back": (_("取回题库"), title),
        "bank begin": (_("新建题库"), bank, title),
        "bank rename": (_("题库改名"), bank, title),
        "class": (_("设班"), "%(class_id)s", _("单位 %(unit)s")),
        "class cancel": (_("取消班"), "%(class_id)s", title, reason),
        "class change": (_("更改班"), "%(class_id)s", _("单位 %(unit)s")),
        "class end": (
            _("提前结束班"),
            "%(class_id)s",
            title,
            _("原定 %(closes)s"),
            reason,
        ),
        "cloned": (_("发现站点机有两份，已冻结"), _("第 %(epoch)s 代")),
        "content import": (_("导入素材或题库"), imported),
        "course end": (_("撤回课程"), "%(course)s", reason),
        "course publish": (_("发布课程"), _("%(course)s 第 %(version)s 版")),
        "course void": (_("作废课程版本"), _("%(course)s 第 %(version)s 版：%(why)s")),
        "draft approved": (_("通过审核"), draft, comment),
        "draft begin": (_("开始编写课程"), draft, title),
        "draft discard": (_("删去草稿"), draft, title),
        "draft published": (_("发布审过的课程"), draft, comment),
        "draft returned": (_("退回修改"), draft, comment),
        "draft submitted": (_("课程送审"), draft, comment),
        "draft withdrawn": (_("撤回送审"), draft, comment),
        "facts rebuild": (_("重算事实"), _("%(records)s 条记录"), _("指纹 %(digest)s")),
        "fork": (
            _("收到互相矛盾的记录，已另存"),
            _("第 %(epoch)s 代第 %(seq)s 条起"),
            _("指纹 %(hash)s"),
        ),
        "init": (_("建立枢纽"), "%(folder)s"),
        "keeper reset": (_("重设站点管理员密码"), node),
        "key rotate": (_("更换枢纽密钥"), _("第 %(generation)s 代密钥"), _("指纹 %(key)s")),
        "learner leave": (
            _("学员离开"),
            learner,
            "%(state)s",
            _("%(day)s起"),
            _("与 %(other)s 是同一个人"),
            why,
        ),
        "learner move": (_("学员调动"), learner, old_new, why),
        "learner post": (_("学员改职务"), learner, _("原来 %(before)s"), _("现在 %(after)s"), why),
        "learner rename": (_("学员改名"), learner, old_new, why),
        "learner return": (_("学员回来"), learner, why),
        "lecturer": (_("改动师资"), "%(name)s", _("编号 %(lecturer)s")),
        "log in": (_("登录"), "%(source)s"),
        "log in refused": (_("登录被拒绝"), "%(source)s"),
        "material away": (_("收起素材"), title),
        "material back": (_("取回素材"), title),
        "module share": (_("共享模块"), draft, title),
        "org import": (_("导入组织机构"), _("%(file)s：新增 %(added)s 个单位")),
        "other-history": (_("发现站点机恢复过旧备份或被复制"), _("第 %(epoch)s 代")),
        "password changed": (_("改密码"),),
        "question add": (_("出题"), bank, question),
        "question back": (_("换回题目"), bank, question),
        "question change": (_("改题"), bank, question),
        "question remove": (_("删题"), bank, question),
        "role give": (_("给角色"), "%(account)s", "%(role)s", unit),
        "role take": (_("收回角色"), "%(account)s", "%(role)s", unit),
        "roster import": (
            _("导入名册"),
            _("%(file)s：%(rows)s 行，导入 %(imported)s 行"),
            _("新增 %(added)s"),
            _("调动 %(moved)s"),
            _("改名 %(renamed)s"),
            number,
        ),
        "roster missing": (_("名册里没有的人记为离开"), _("%(left)s 人"), number),
        "roster undo": (
            _("撤销导入名册"),
            "%(file)s",
            _("恢复 %(undone)s 人"),
            _("保持 %(followed)s 人"),
            number,
        ),
        "restore": (_("从备份恢复枢纽"), "%(folder)s"),
        "roster withdraw": (_("学员离开"), "%(learner)s"),
        "second factor off": (_("关闭两步登录"),),
        "second factor on": (_("打开两步登录"),),
        "session end": (_("结束登录"), "%(account)s"),
        "station active": (_("恢复站点"), node),
        "station add": (_("添加站点或换码"), unit, node),
        "station frozen": (_("冻结站点"), node),
        "station join": (_("站点机接入"), unit, node, _("密钥 %(key)s")),
        "station revoke": (_("停用旧站点机"), unit, node),
        "station revoked": (_("停用站点机"), node),
        "trust": (_("改动根密钥或授权"), "%(changes)s"),
        "unit close": (_("撤销单位"), unit, reason),
        "unit merge": (_("合并单位"), unit, _("并到 %(into)s"), reason),
        "unit move": (_("单位换上级"), unit, _("%(was)s → %(above)s"), reason),
        "unit rename": (_("单位改名"), unit, _("%(was)s → %(name)s"), reason),
        "unit split": (
            _("分出单位"),
            unit,
            _("新单位 %(code)s"),
            _("%(people)s 人"),
            reason,
        ),
    }


_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def deed(what: str) -> str:
    """What an audit row says was done, in words."""
    return _events().get(what, (what,))[0]


def doer(user: str) -> str:
    """Who did it: an account's name, or words for what is no account."""
    node = re.fullmatch(r"node (\d+)", user)
    if node is not None:
        return _("站点机 %(node)s 号", node=node[1])
    return {"command line": _("枢纽命令行"), "system": _("系统")}.get(user, user)


def particulars(entry: AuditEntry) -> str:
    """What the row was about, in words; as it was noted where there are no parameters."""
    if not entry.parameters or entry.what not in EVENTS:
        return entry.detail
    values = dict.fromkeys(EVENTS[entry.what], "") | {
        name: _value(name, str(value)) for name, value in entry.parameters.items()
    }
    parts = _events()[entry.what][1:]
    # Left out: a comment that was not given, a unit that is the whole country.
    return _("，").join(
        part % values for part in parts if all(values[name] for name in _PLACEHOLDER.findall(part))
    )


def _value(name: str, value: str) -> str:
    """A parameter as the page says it: codes of roles and of reasons as words."""
    if name == "role":
        return role(value)
    return standing(value) if name == "state" else value


def standing(code: str) -> str:
    """How somebody stands to the roster, in a word."""
    words = {
        "present": _("在职"), "retired": _("退休"), "left": _("调离或离职"),
        "seconded": _("借调出去"), "duplicate": _("重复登记"),
    }  # fmt: skip
    return words.get(code, code)


def codes_of(text: str) -> tuple[list[str], list[str]]:
    """The codes of deeds and of doers whose words hold ``text``; none for an empty text."""
    if not text:
        return [], []
    doers = [user for user in ("command line", "system") if text in doer(user)]
    if _("站点机") in text:
        doers += [f"node {number}" for number in re.findall(r"\d+", text)]
    deeds = [
        code
        for code, words in _events().items()
        if any(
            text in fixed for each in words for fixed in _PLACEHOLDER.sub("\n", each).split("\n")
        )
    ]
    return deeds, doers


def role(code: str) -> str:
    """A role in words."""
    words = {
        "admin": _("管理员"), "author": _("编写课程"), "manager": _("管理学员和班"),
        "reviewer": _("审核课程"),
    }  # fmt: skip
    return words.get(code, _("只查看"))
