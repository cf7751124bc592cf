"""Office formulas (OMML) as TeX that KaTeX draws; anything unknown is refused (SPEC.md §9.10)."""

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

from content.model.refused import Refused
from content.text.mathml import OVER, SIGNS, base_of, token
from content.text.xml_tree import child, children, local
from content.word.numbering import is_on, value

_BIG = {"∑": r"\sum", "∏": r"\prod", "∐": r"\coprod", "∫": r"\int", "∬": r"\iint", "∭": r"\iiint",
        "∮": r"\oint", "⋃": r"\bigcup", "⋂": r"\bigcap"}  # fmt: skip
_ACCENTS = {"\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar", "\u0305": r"\overline",
            "\u0307": r"\dot", "\u0308": r"\ddot", "\u20d7": r"\vec",
            "\u030c": r"\check"}  # fmt: skip
_GROUPS = {("⏟", "bot"): r"\underbrace", ("⏞", "top"): r"\overbrace",
           ("→", "top"): r"\overrightarrow", ("←", "top"): r"\overleftarrow"}  # fmt: skip
_SILENT = {"ctrlPr", "rPr", "sSupPr", "sSubPr", "fPr", "radPr", "naryPr", "dPr", "funcPr", "accPr",
           "barPr", "mPr", "eqArrPr", "boxPr", "limLowPr", "limUppPr", "sSubSupPr", "sPrePr",
           "groupChrPr", "borderBoxPr", "argPr", "oMathParaPr", "bookmarkStart", "bookmarkEnd",
           "proofErr", "del", "moveFrom"}  # fmt: skip


def tex_of(element: Element, *, alone: bool = False) -> str:
    """Return an ``<m:oMath>`` as TeX between our signs; "" when nothing is in it.

    Raises:
        Refused: it holds what is not known here.
    """
    inside = re.sub(r" +", " ", _row(element)).strip()
    if not inside:
        return ""
    return rf"\[{inside}\]" if alone else rf"\({inside}\)"


def _row(element: Element | None) -> str:
    return "".join(map(_one, element)) if element is not None else ""


def _one(element: Element) -> str:
    kind = local(element)
    if kind in _SILENT:
        return ""
    if kind in ("oMath", "e", "box", "ins", "sdt", "sdtContent", "smartTag"):
        return _row(element)
    if kind == "r":
        return _run(element)
    maker = _MAKERS.get(kind)
    if maker is None:
        raise Refused("formula-unknown", tag=kind[:40])
    return maker(element)


def _run(element: Element) -> str:
    text = "".join(text_node.text or "" for text_node in children(element, "t"))
    properties = child(element, "rPr")
    if is_on(child(properties, "nor")):
        return token("mtext", text)
    upright = value(child(properties, "sty"), "val") == "p"
    if upright and len(text) > 1 and text.isascii() and text.isalpha():
        return token("mi", text)
    pieces = re.findall(r"[\u4e00-\u9fff，。；：、]+|[^\u4e00-\u9fff，。；：、]+", text)
    return "".join(token("mo", piece) for piece in pieces)


def _part(element: Element, name: str) -> str:
    return _row(child(element, name)).strip()


def _property(element: Element, name: str) -> str | None:
    """Return a property's value; ``None`` where it is missing."""
    kind = local(element) + "Pr"
    node = child(element, kind, name)
    return None if node is None else value(node, "val")


def _switch(element: Element, name: str) -> bool:
    return is_on(child(element, local(element) + "Pr", name))


def _fraction(element: Element) -> str:
    top, bottom = _part(element, "num"), _part(element, "den")
    kind = _property(element, "type")
    if kind == "noBar":
        return rf"\genfrac{{}}{{}}{{0pt}}{{}}{{{top}}}{{{bottom}}}"
    return f"{base_of(top)}/{base_of(bottom)}" if kind == "lin" else rf"\frac{{{top}}}{{{bottom}}}"


def _scripts(*names: str) -> Callable[[Element], str]:
    def maker(element: Element) -> str:
        signs = (f"{'^' if name == 'sup' else '_'}{{{_part(element, name)}}}" for name in names)
        return base_of(_part(element, "e")) + "".join(signs)

    return maker


def _before(element: Element) -> str:
    sub, sup = _part(element, "sub"), _part(element, "sup")
    return rf"{{}}_{{{sub}}}^{{{sup}}}{base_of(_part(element, 'e'))}"


def _root(element: Element) -> str:
    degree = "" if _switch(element, "degHide") else _part(element, "deg")
    return rf"\sqrt{f'[{degree}]' if degree else ''}{{{_part(element, 'e')}}}"


def _nary(element: Element) -> str:
    sign = _property(element, "chr")
    if (big := _BIG.get("∫" if sign is None else sign)) is None:
        raise Refused("formula-unknown", tag=(sign or "nary")[:40])
    limits = r"\limits" if _property(element, "limLoc") == "undOvr" else ""
    sub = "" if _switch(element, "subHide") else _part(element, "sub")
    sup = "" if _switch(element, "supHide") else _part(element, "sup")
    bounds = (f"_{{{sub}}}" if sub else "") + (f"^{{{sup}}}" if sup else "")
    return f"{big}{limits if bounds else ''}{bounds} {_part(element, 'e')}"


def _fenced(element: Element) -> str:
    def sign(name: str, usual: str) -> str:
        text = _property(element, name)
        return usual if text is None else text

    inside = sign("sepChr", "|").join(_row(part).strip() for part in children(element, "e"))
    return rf"\left{_fence(sign('begChr', '('))}{inside}\right{_fence(sign('endChr', ')'))}"


def _fence(sign: str) -> str:
    if sign and sign not in "()[]{}|/‖⟨⟩〈〉⌈⌉⌊⌋":
        raise Refused("formula-unknown", tag=sign[:40])
    named = {"〈": r"\langle ", "〉": r"\rangle ", "⟨": r"\langle ", "⟩": r"\rangle ",
             "⌈": r"\lceil ", "⌉": r"\rceil ", "⌊": r"\lfloor ", "⌋": r"\rfloor "}  # fmt: skip
    return named.get(sign, SIGNS.get(sign, sign)) if sign else "."


def _function(element: Element) -> str:
    return f"{_part(element, 'fName')} {base_of(_part(element, 'e'))}"


def _limit(command: str, sign: str) -> Callable[[Element], str]:
    def maker(element: Element) -> str:
        base, limit = _part(element, "e"), _part(element, "lim")
        if re.fullmatch(r"\\(?:lim|max|min|sup|inf|sum|prod) ?", base):
            return f"{base.strip()}{sign}{{{limit}}} "
        return rf"{command}{{{limit}}}{{{base}}}"

    return maker


def _accent(element: Element) -> str:
    sign = _property(element, "chr")
    sign = "\u0302" if sign is None else sign
    command = _ACCENTS.get(sign) or OVER.get(sign)
    if command is None:
        raise Refused("formula-unknown", tag=sign[:40] or "acc")
    return f"{command}{{{_part(element, 'e')}}}"


def _bar(element: Element) -> str:
    command = r"\overline" if _property(element, "pos") == "top" else r"\underline"
    return f"{command}{{{_part(element, 'e')}}}"


def _group(element: Element) -> str:
    sign = (_property(element, "chr") or "⏟", _property(element, "pos") or "bot")
    if sign not in _GROUPS:
        raise Refused("formula-unknown", tag=sign[0][:40])
    return f"{_GROUPS[sign]}{{{_part(element, 'e')}}}"


def _matrix(element: Element) -> str:
    rows = (
        " & ".join(_row(cell).strip() for cell in children(row, "e"))
        for row in children(element, "mr")
    )
    return r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}"


def _lines(element: Element) -> str:
    rows = (_row(row).strip() for row in children(element, "e"))
    return r"\begin{aligned}" + r" \\ ".join(rows) + r"\end{aligned}"


_MAKERS: dict[str, Callable[[Element], str]] = {
    "f": _fraction,
    "sSup": _scripts("sup"),
    "sSub": _scripts("sub"),
    "sSubSup": _scripts("sub", "sup"),
    "sPre": _before,
    "rad": _root,
    "nary": _nary,
    "d": _fenced,
    "func": _function,
    "fName": _row,
    "limLow": _limit(r"\underset", "_"),
    "limUpp": _limit(r"\overset", "^"),
    "acc": _accent,
    "bar": _bar,
    "groupChr": _group,
    "borderBox": lambda element: rf"\boxed{{{_part(element, 'e')}}}",
    "m": _matrix,
    "eqArr": _lines,
}
