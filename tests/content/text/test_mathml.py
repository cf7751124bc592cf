"""content.text.mathml: school formulas become TeX, anything else is refused."""

import pytest

from content.model.refused import Refused
from content.text.mathml import tex_of
from content.text.xml_tree import parse


@pytest.mark.parametrize(
    ("inside", "tex"),
    [
        ("<mfrac><mn>1</mn><mi>x</mi></mfrac>", r"\frac{1}{x}"),
        ("<msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><mn>1</mn>", "x^{2}+1"),
        ("<msub><mi>H</mi><mn>2</mn></msub><mi>O</mi>", "H_{2}O"),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x_{i}^{2}"),
        ("<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt>", r"\sqrt{a+b}"),
        ("<mroot><mi>a</mi><mn>3</mn></mroot>", r"\sqrt[3]{a}"),
        ("<mi>sin</mi><mo>\u2061</mo><mi>α</mi><mo>≤</mo><mn>1</mn>", r"\sin \alpha \le 1"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", r"\left(a,b\right)"),
        ("<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr></mtable>",
         r"\begin{matrix}1 & 0\end{matrix}"),
        ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><mi>i</mi>", r"\sum_{i}^{n}i"),
        ("<mover><mi>a</mi><mo>→</mo></mover>", r"\vec{a}"),
        ("<munder><mo>∑</mo><mi>i</mi></munder>", r"\sum_{i}"),
        ("<mtext>速度 {</mtext><mo>=</mo><mi>v</mi>", r"\text{速度 }=v"),
        ("<mi>速度</mi>", r"\text{速度}"),
        ("<mi>abc</mi>", r"\mathrm{abc}"),
        ("<semantics><mi>x</mi><annotation encoding='application/x-tex'>x^2</annotation>"
         "</semantics>", "x^2"),
        ("<mn>5</mn><mo>%</mo>", r"5\%"),
    ],
)  # fmt: skip
def test_a_formula_becomes_tex(inside: str, tex: str) -> None:
    root = parse(f"<m:math xmlns:m='urn:m'>{inside}</m:math>", "x")
    assert tex_of(root) == rf"\({tex}\)"


def test_a_formula_with_a_line_to_itself_is_displayed() -> None:
    assert tex_of(parse("<math display='block'><mi>x</mi></math>", "x")) == r"\[x\]"


@pytest.mark.parametrize("inside", ["<menclose><mi>x</mi></menclose>", "<mfrac><mi>x</mi></mfrac>",
                                    "", "<mtable><mi>x</mi></mtable>"])  # fmt: skip
def test_what_is_not_known_is_refused(inside: str) -> None:
    with pytest.raises(Refused, match="formula-unknown"):
        tex_of(parse(f"<math>{inside}</math>", "x"))
