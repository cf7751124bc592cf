"""Shown: what a cell shows, from its value and its number format (SPEC.md §9.7).

Rounded as spreadsheets do: from the 15 digits that they keep, half away from zero.
"""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from content.cells.format_code import GENERAL, FormatSection, Token, sections
from content.cells.moments import shown_moment
from content.model.refused import Refused

# Spreadsheets keep 15 digits of a number; what is longer has lost its end.
MOST_EXACT = 10**15
# The commonest formats: whole numbers with leading zeros.
_PADDED = {"0" * count for count in range(1, 16)}
# General shows so many characters of a number with decimals.
_GENERAL_CHARS = 11


@lru_cache(50_000)
def shown_number(value: float, code: str, *, since_1904: bool = False) -> str:
    """Return what a cell with this number shows.

    Raises:
        Refused: it cannot be shown truly: digits are lost, or the format is not known here.
    """
    if code in _PADDED and value.is_integer() and 0 <= value < MOST_EXACT:
        return str(int(value)).zfill(len(code))
    if value != value or value in (float("inf"), float("-inf")):
        raise Refused("cell-error", value=str(value))
    section, negative = _chosen(value, sections(code), code)
    if section.kind == "date":
        return shown_moment(value, section, code, since_1904=since_1904)
    number = abs(value) if negative else value
    sign = "-" if number < 0 else ""
    if section.kind == "text" or section.kind == "general":
        general = shown_general(abs(number))
        tokens = section.tokens
        return sign + "".join(
            general if each.kind in ("general", "text") else each.text for each in tokens
        )
    if section.kind == "literal":
        return sign * bool(section.tokens) + "".join(each.text for each in section.tokens)
    return sign + _filled(_decimal(abs(number)), section)


def shown_text(text: str, code: str) -> str:
    """Return what a cell with this text shows.

    Raises:
        Refused: the format is not known here.
    """
    parts = sections(code)
    if len(parts) >= 4:
        section = parts[3]
    elif parts[-1].kind == "text":
        section = parts[-1]
    else:
        return text
    return "".join(
        text if token.kind in ("text", "general") else token.text for token in section.tokens
    )


def is_plain(code: str) -> bool:
    """Tell whether numbers and texts in this format show as they are."""
    return code in (GENERAL, "@", "", "G/通用格式") or code.lower() == "general"


def shown_general(value: float) -> str:
    """Return a number as the format General shows it; whole ones with all digits they have.

    Raises:
        Refused: it is longer than what spreadsheets keep.
    """
    if value.is_integer() and -MOST_EXACT < value < MOST_EXACT:
        return str(int(value))
    number = _decimal(value)
    if number == number.to_integral_value():
        return str(int(number)) if abs(number) < MOST_EXACT else _power(number, value)
    text = f"{number:f}"
    if len(text.lstrip("-")) <= _GENERAL_CHARS:
        return text
    if abs(number) < Decimal("0.0001"):
        return _power(number, None)
    whole = len(str(abs(int(number))))
    places = max(0, _GENERAL_CHARS - 1 - whole)
    text = f"{_rounded(number, places):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _power(number: Decimal, exact: float | None) -> str:
    """1.2E+20; where all digits count (``exact``), only if these six say everything."""
    mantissa, _, exponent = f"{number:.5E}".partition("E")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    if exact is not None and Decimal(f"{mantissa}E{exponent}") != number:
        raise Refused("cell-digits", value=f"{mantissa}E{exponent}")
    power = int(exponent)
    return f"{mantissa}E{'-' if power < 0 else '+'}{abs(power):02d}"


def _decimal(value: float) -> Decimal:
    """A number with the digits that spreadsheets keep."""
    return Decimal(f"{value:.15g}").normalize()


def _rounded(number: Decimal, places: int) -> Decimal:
    with localcontext() as context:
        context.prec = 400  # the largest of all numbers has 309 digits
        return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _chosen(
    value: float, parts: tuple[FormatSection, ...], code: str
) -> tuple[FormatSection, bool]:
    """The section for a number, and whether it says itself that the number is negative."""
    numeric = parts[:3] if len(parts) > 3 else parts
    if len(numeric) > 1 and numeric[-1].kind == "text":
        numeric = numeric[:-1]
    if any(section.condition for section in numeric):
        for section in numeric:
            if section.condition is None or _holds(value, *section.condition):
                return section, section.condition is None and len(numeric) > 1 and value < 0
        raise Refused("cell-format", format=code[:60])  # shown as ####
    if len(numeric) == 1 or value > 0 or (value == 0 and len(numeric) == 2):
        return numeric[0], False
    return (numeric[1], True) if value < 0 else (numeric[2], False)


def _holds(value: float, sign: str, limit: float) -> bool:
    return {
        "<": value < limit, "<=": value <= limit, ">": value > limit,
        ">=": value >= limit, "=": value == limit, "<>": value != limit,
    }[sign]  # fmt: skip


def _filled(number: Decimal, section: FormatSection) -> str:
    """The digits of a number in the places that a section has for them."""
    if section.count("slash"):
        return _fraction(number, section)
    number = number.scaleb(2 * section.count("percent"))
    if section.count("exponent"):
        return _scientific(number, section)
    if number >= MOST_EXACT:
        raise Refused("cell-digits", value=f"{number:.5E}")
    whole, part, grouped, scale = _parted(section)
    places = sum(token.kind == "digit" for token in part)
    digits, _, decimals = f"{_rounded(number.scaleb(-3 * scale), places):f}".partition(".")
    return _whole(digits, whole, grouped=grouped) + _decimals(decimals, part)


def _parted(section: FormatSection) -> tuple[list[Token], list[Token], bool, int]:
    """Tokens before the point, from it on, whether thousands are parted, by how many to divide."""
    tokens = list(section.tokens)
    at = next((n for n, token in enumerate(tokens) if token.kind == "point"), len(tokens))
    digits = [n for n, token in enumerate(tokens) if token.kind == "digit"]
    last = max((n for n in digits if n < at), default=-1)
    end = digits[-1]
    scale, grouped = 0, False
    for place, token in enumerate(tokens):
        if token.kind == "comma":
            if place > end or last < place < at:
                scale += 1
            elif place < last:
                grouped = True
    kept = [(n, token) for n, token in enumerate(tokens) if token.kind != "comma"]
    return (
        [token for n, token in kept if n < at],
        [token for n, token in kept if n >= at],
        grouped,
        scale,
    )


def _whole(digits: str, tokens: list[Token], *, grouped: bool) -> str:
    """Digits before the point, into their places from the right; the first takes the rest."""
    digits = digits.lstrip("0")
    first = next((n for n, token in enumerate(tokens) if token.kind == "digit"), -1)
    filled: list[str] = []
    count = 0
    for place in range(len(tokens) - 1, -1, -1):
        token = tokens[place]
        if token.kind != "digit":
            filled.append(token.text)
            continue
        take = len(digits) if place == first else 1
        piece, digits = digits[len(digits) - take :], digits[: len(digits) - take]
        for digit in reversed(piece or {"0": "0", "?": " ", "#": ""}[token.text]):
            if grouped and count and count % 3 == 0:
                filled.append(",")
            filled.append(digit)
            count += 1
    return "".join(reversed(filled))


def _decimals(decimals: str, tokens: list[Token]) -> str:
    wanted = [token.text for token in tokens if token.kind == "digit"]
    kept = list(decimals.ljust(len(wanted), "0"))
    for place in range(len(wanted) - 1, -1, -1):
        if kept[place] != "0" or wanted[place] == "0":
            break
        kept[place] = " " if wanted[place] == "?" else ""
    digits = iter(kept)
    return "".join(next(digits) if token.kind == "digit" else token.text for token in tokens)


def _scientific(number: Decimal, section: FormatSection) -> str:
    tokens = section.tokens
    at = next(n for n, token in enumerate(tokens) if token.kind == "exponent")
    mantissa = FormatSection("number", tokens[:at], None, "")
    step = max(1, sum(token.kind == "digit" for token in _parted(mantissa)[0]))
    places = sum(token.kind == "digit" for token in _parted(mantissa)[1])
    power = number.adjusted() if number else 0
    power -= power % step if step > 1 else 0
    if number and abs(_rounded(number.scaleb(-power), places)).adjusted() >= step:
        power += step
    wide = "".join(token.text for token in tokens[at + 1 :] if token.kind == "digit")
    sign = "-" if power < 0 else "+" if tokens[at].text[1] == "+" else ""
    behind = "".join(token.text for token in tokens[at + 1 :] if token.kind == "literal")
    head = _filled(number.scaleb(-power), mantissa)
    return f"{head}E{sign}{str(abs(power)).zfill(wide.count('0'))}{behind}"


def _fraction(number: Decimal, section: FormatSection) -> str:
    """1 1/4 for # ?/?; the number below the stroke has so many digits, or is given: # ?/8."""
    tokens = section.tokens
    at = next(n for n, token in enumerate(tokens) if token.kind == "slash")
    below = "".join(t.text for t in tokens[at + 1 :] if t.kind in ("digit", "literal")).strip()
    above = list(tokens[:at])
    begin = len(above)
    while begin and above[begin - 1].kind == "digit":
        begin -= 1
    has_whole = any(token.kind == "digit" for token in above[:begin])
    whole = int(number) if has_whole else 0
    rest = Fraction(number) - whole
    if any(sign in below for sign in "?#"):
        near = rest.limit_denominator(10 ** min(below.count("?") + below.count("#"), 6) - 1)
        top, bottom = near.numerator, near.denominator
    elif below.isdecimal() and int(below):
        bottom = int(below)
        top = int(_rounded(Decimal(rest.numerator) * bottom / rest.denominator, 0))
    else:
        raise Refused("cell-format", format="".join(token.text for token in tokens)[:60])
    if has_whole and top == bottom:
        whole, top = whole + 1, 0
    if has_whole and not top:
        return str(whole)
    return f"{whole} {top}/{bottom}" if has_whole and whole else f"{top}/{bottom}"
