"""MathML to TeX: what school formulas use; anything else is refused (SPEC.md §9.4)."""

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

from content.model.refused import Refused
from content.text.xml_tree import local

SIGNS = {
    "×": r"\times ", "÷": r"\div ", "·": r"\cdot ", "⋅": r"\cdot ", "±": r"\pm ", "∓": r"\mp ",
    "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "≡": r"\equiv ", "∼": r"\sim ",
    "→": r"\to ", "←": r"\leftarrow ", "⇒": r"\Rightarrow ", "⇔": r"\Leftrightarrow ",
    "∞": r"\infty ", "∑": r"\sum ", "∏": r"\prod ", "∫": r"\int ", "∂": r"\partial ",
    "∇": r"\nabla ", "∈": r"\in ", "∉": r"\notin ", "⊂": r"\subset ", "⊆": r"\subseteq ",
    "∪": r"\cup ", "∩": r"\cap ", "∅": r"\emptyset ", "∀": r"\forall ", "∃": r"\exists ",
    "∧": r"\land ", "∨": r"\lor ", "¬": r"\lnot ", "°": r"^{\circ}", "∘": r"\circ ",
    "∠": r"\angle ", "⊥": r"\perp ", "∥": r"\parallel ", "△": r"\triangle ", "…": r"\dots ",
    "⋯": r"\cdots ", "′": "'", "−": "-", "–": "-", "∝": r"\propto ", "√": r"\surd ",
    "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "δ": r"\delta ", "ε": r"\epsilon ",
    "ζ": r"\zeta ", "η": r"\eta ", "θ": r"\theta ", "ι": r"\iota ", "κ": r"\kappa ",
    "λ": r"\lambda ", "μ": r"\mu ", "ν": r"\nu ", "ξ": r"\xi ", "π": r"\pi ", "ρ": r"\rho ",
    "σ": r"\sigma ", "τ": r"\tau ", "υ": r"\upsilon ", "φ": r"\varphi ", "ϕ": r"\phi ",
    "χ": r"\chi ", "ψ": r"\psi ", "ω": r"\omega ", "Γ": r"\Gamma ", "Δ": r"\Delta ",
    "Θ": r"\Theta ", "Λ": r"\Lambda ", "Ξ": r"\Xi ", "Π": r"\Pi ", "Σ": r"\Sigma ",
    "Φ": r"\Phi ", "Ψ": r"\Psi ", "Ω": r"\Omega ", "{": r"\{", "}": r"\}", "%": r"\%",
    "#": r"\#", "&": r"\&", "$": r"\$", "_": r"\_", "\\": r"\backslash ", "~": r"\sim ",
    "^": r"\wedge ", "⟨": r"\langle ", "⟩": r"\rangle ", "‖": r"\|",
    # invisible operators
    "\u2061": "", "\u2062": "", "\u2063": "", "\u2064": "", "\xa0": " ",
}  # fmt: skip
_FUNCTIONS = set(
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp lim max min gcd"
    " det dim deg arg mod".split()
)
OVER = {"¯": r"\bar", "‾": r"\overline", "^": r"\hat", "→": r"\vec", "⇀": r"\vec", "˙": r"\dot",
         "~": r"\tilde", "˜": r"\tilde", "⌢": r"\overset{\frown}"}  # fmt: skip
# Signs around a formula, which programs write into its annotation too; longer ones first.
_AROUND = ((r"\[", r"\]"), (r"\(", r"\)"), ("$$", "$$"), ("$", "$"))
_NOT_IN_TEXT = re.compile(r"[{}\\$%#&_^~]")
_BIG = {r"\sum ", r"\prod ", r"\int ", r"\lim "}


def tex_of(element: Element) -> str:
    """Return a ``<math>`` element as TeX between our signs.

    Raises:
        Refused: it holds what is not known here.
    """
    annotated, is_block = _bare(_annotated(element))
    inside = re.sub(r" +", " ", annotated or _row(element)).strip()
    if not inside:
        raise Refused("formula-unknown", tag="math")
    is_block = is_block or element.attrib.get("display") == "block"
    return rf"\[{inside}\]" if is_block else rf"\({inside}\)"


def _bare(tex: str) -> tuple[str, bool]:
    """Return a formula without the signs around it, and whether they give it its own line."""
    for opened, closed in _AROUND:
        inside = tex.removeprefix(opened).removesuffix(closed)
        if len(tex) - len(inside) == len(opened + closed) and opened not in inside:
            return inside.strip(), opened in (r"\[", "$$")
    return tex, False


def _annotated(element: Element) -> str:
    """The TeX that an authoring program wrote beside the MathML; "" where there is none."""
    for node in element.iter():
        if local(node) == "annotation" and "tex" in node.attrib.get("encoding", "").lower():
            return (node.text or "").strip()
    return ""


def _row(element: Element) -> str:
    return "".join(_one(child) for child in element)


def _one(element: Element) -> str:
    kind = local(element)
    if kind in ("math", "mrow", "mstyle", "mpadded", "semantics", "merror"):
        return _row(element)
    if kind in ("mi", "mn", "mo", "mtext", "ms"):
        return token(kind, "".join(element.itertext()))
    if kind in ("annotation", "annotation-xml", "mspace"):
        return r"\ " if kind == "mspace" else ""
    maker = _MAKERS.get(kind)
    if maker is None:
        raise Refused("formula-unknown", tag=kind[:40])
    return maker(element)


def token(kind: str, text: str) -> str:
    """Return a name, number, sign or text as TeX."""
    text = text.strip() if kind != "mtext" else text
    if kind in ("mtext", "ms") or any("\u4e00" <= char <= "\u9fff" for char in text):
        bare = _NOT_IN_TEXT.sub("", text)
        return rf"\text{{{bare}}}"
    if text in _FUNCTIONS:
        return rf"\{text} " if text != "mod" else r"\bmod "
    tex = "".join(SIGNS.get(char, char) for char in text)
    return rf"\mathrm{{{tex}}}" if kind == "mi" and len(text) > 1 and text.isalpha() else tex


def _parts(element: Element, count: int) -> list[str]:
    parts = [_one(child).strip() for child in element if local(child) != "none"]
    if len(parts) != count:
        raise Refused("formula-unknown", tag=local(element))
    return parts


def base_of(text: str) -> str:
    """Return the base of an index or exponent, in braces where it needs them."""
    return text if len(text) == 1 or re.fullmatch(r"\\[a-zA-Z]+ ?", text) else f"{{{text}}}"


def _fraction(element: Element) -> str:
    top, bottom = _parts(element, 2)
    if element.attrib.get("linethickness", "") in ("0", "0pt", "0px"):
        return rf"\binom{{{top}}}{{{bottom}}}"
    return rf"\frac{{{top}}}{{{bottom}}}"


def _scripts(*signs: str) -> Callable[[Element], str]:
    def maker(element: Element) -> str:
        base, *scripts = _parts(element, 1 + len(signs))
        return base_of(base) + "".join(
            f"{sign}{{{script}}}" for sign, script in zip(signs, scripts, strict=True)
        )

    return maker


def _over(element: Element) -> str:
    base, mark = _parts(element, 2)
    raw = "".join(element[1].itertext()).strip()
    if raw in OVER:
        return f"{OVER[raw]}{{{base}}}"
    return (
        rf"{base_of(base)}^{{{mark}}}" if f"{base} " in _BIG else rf"\overset{{{mark}}}{{{base}}}"
    )


def _under(element: Element) -> str:
    base, mark = _parts(element, 2)
    return rf"{base}_{{{mark}}}" if f"{base} " in _BIG else rf"\underset{{{mark}}}{{{base}}}"


def _underover(element: Element) -> str:
    base, low, high = _parts(element, 3)
    return rf"{base_of(base)}_{{{low}}}^{{{high}}}"


def _fenced(element: Element) -> str:
    opened = element.attrib.get("open", "(") or "."
    closed = element.attrib.get("close", ")") or "."
    separators = element.attrib.get("separators", ",").strip() or ""
    parts = [_one(child) for child in element]
    inside = (separators[:1] or "").join(parts)
    return rf"\left{SIGNS.get(opened, opened)}{inside}\right{SIGNS.get(closed, closed)}"


def _table(element: Element) -> str:
    rows = []
    for row in element:
        if local(row) != "mtr":
            raise Refused("formula-unknown", tag=local(row)[:40])
        rows.append(" & ".join(_row(cell).strip() for cell in row))
    return r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}"


_MAKERS: dict[str, Callable[[Element], str]] = {
    "mfrac": _fraction,
    "msup": _scripts("^"),
    "msub": _scripts("_"),
    "msubsup": _scripts("_", "^"),
    "msqrt": lambda element: rf"\sqrt{{{_row(element).strip()}}}",
    "mroot": lambda element: rf"\sqrt[{_parts(element, 2)[1]}]{{{_parts(element, 2)[0]}}}",
    "mover": _over,
    "munder": _under,
    "munderover": _underover,
    "mfenced": _fenced,
    "mtable": _table,
}
