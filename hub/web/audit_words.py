"""The audit log in the words of the page: who, what, and what it was about.

Rows keep codes (``store.audit``), so that a log reads the same for years whatever pages say. Here
they become words, and words that are searched for become codes again.
"""

import re

from content.face.words import gettext as _


def _deeds() -> dict[str, str]:
    return {
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
        "content import": _("导入素材或题库"),
        "material away": _("收起素材"),
        "material back": _("取回素材"),
        "question add": _("出题"),
        "question change": _("改题"),
        "question remove": _("删题"),
        "question back": _("换回题目"),
        "bank begin": _("新建题库"),
        "bank rename": _("题库改名"),
        "bank away": _("收起题库"),
        "bank back": _("取回题库"),
        "draft begin": _("开始编写课程"),
        "draft submitted": _("课程送审"),
        "draft withdrawn": _("撤回送审"),
        "draft approved": _("通过审核"),
        "draft returned": _("退回修改"),
        "draft published": _("发布审过的课程"),
        "draft discard": _("删去草稿"),
        "module share": _("共享模块"),
        "lecturer": _("改动师资"),
        "facts rebuild": _("重算事实"),
        "trust": _("改动根密钥或授权"),
    }


def deed(what: str) -> str:
    """What an audit row says was done, in words."""
    return _deeds().get(what, what)


def doer(user: str) -> str:
    """Who did it: an account's name, or in words what is none."""
    node = re.fullmatch(r"node (\d+)", user)
    if node is not None:
        return _("站点机 %(n)s 号", n=node[1])
    return {"command line": _("枢纽命令行"), "system": _("系统")}.get(user, user)


def particulars(what: str, detail: str) -> str:
    """What the row was about, in words where its form is known; else as it was noted."""
    found = re.fullmatch(_FORMS.get(what, "(?!)"), detail)
    return detail if found is None else _said(what, found.groups())


def codes_of(text: str) -> tuple[list[str], list[str]]:
    """The codes of deeds and of doers whose words hold ``text``; none for an empty text."""
    if not text:
        return [], []
    doers = [user for user in ("command line", "system") if text in doer(user)]
    if _("站点机") in text:
        doers += [f"node {number}" for number in re.findall(r"\d+", text)]
    return [code for code, words in _deeds().items() if text in words], doers


_STATION = r"(\S+) node (\d+)"
_FORMS = {
    "account add": r"(\S+) (\S+) ?(\S*)",
    "class": r"(\S+) (\S+)",
    "cloned": r"epoch (\d+)",
    "content import": r"(.*) (\d+)\+(\d+)\+(\d+)=(\d+)",
    "course publish": r"(\S+) (\d+)",
    "facts rebuild": r"(\d+) records (\S+)",
    "fork": r"epoch (\d+) seq (\d+) hash (\S+)",
    "key rotate": r"generation (\d+) key (\S+)",
    "org import": r"(.*): (\d+) added",
    "other-history": r"epoch (\d+)",
    "question add": r"(\d+) (\S+)",
    "question back": r"(\d+) (\S+)",
    "question change": r"(\d+) (\S+)",
    "question remove": r"(\d+) (\S+)",
    "roster import": r"(.*): (\d+) of (\d+)",
    "station active": r"node (\d+)",
    "station add": _STATION,
    "station frozen": r"node (\d+)",
    "station join": _STATION + r" key (\S+)",
    "station revoke": _STATION,
    "station revoked": r"node (\d+)",
}


def _said(what: str, found: tuple[str, ...]) -> str:
    a, b, c, d, e = (*found, "", "", "", "", "")[:5]
    words = {
        "class": _("%(id)s，单位 %(unit)s", id=a, unit=b),
        "cloned": _("第 %(n)s 代", n=a),
        "content import": _(
            "%(name)s：收下 %(new)s，以前就有 %(same)s，退回 %(no)s，共 %(all)s",
            name=a, new=b, same=c, no=d, all=e,
        ),
        "course publish": _("%(id)s 第 %(v)s 版", id=a, v=b),
        "facts rebuild": _("%(n)s 条记录，指纹 %(d)s", n=a, d=b),
        "fork": _("第 %(n)s 代第 %(seq)s 条起，指纹 %(d)s", n=a, seq=b, d=c),
        "key rotate": _("第 %(n)s 代密钥，指纹 %(d)s", n=a, d=b),
        "org import": _("%(name)s：新增 %(n)s 个单位", name=a, n=b),
        "roster import": _("%(name)s：%(all)s 行，导入 %(n)s 行", name=a, all=c, n=b),
        "station join": _("%(code)s，站点机 %(n)s 号，密钥 %(key)s", code=a, n=b, key=c),
    }  # fmt: skip
    if what == "account add":
        return "，".join(filter(None, (a, role(b), c)))
    if what.startswith("question"):
        return _("题库 %(bank)s 号，题 %(code)s", bank=a, code=b)
    if what in ("station add", "station revoke"):
        return _("%(code)s，站点机 %(n)s 号", code=a, n=b)
    if what.startswith("station ") and not b:
        return _("站点机 %(n)s 号", n=a)
    return words["cloned" if what == "other-history" else what]


def role(code: str) -> str:
    """What an account may do, in words."""
    words = {"admin": _("查看和办理"), "author": _("编写课程"), "reviewer": _("审核课程")}
    return words.get(code, _("只查看"))
