"""Numbers: how a number is written in a list: 1, A, iv, 三, ①, 甲 (ECMA-376 §17.18.59)."""

_DIGITS = "〇一二三四五六七八九"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_LEGAL = ("零壹贰叁肆伍陆柒捌玖", "拾佰仟")
_COUNTING = ("〇一二三四五六七八九", "十百千")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
# Above this, every list is written in digits.
_MOST = 3_999


def written(number: int, format: str) -> str:
    """Return a number as a list of this format writes it; digits where the format is unknown."""
    if format == "none":
        return ""
    if format == "bullet":
        return "•"
    if not 0 < number <= _MOST:
        return str(number)
    if format in ("upperLetter", "lowerLetter"):
        letter = chr(ord("A") + (number - 1) % 26) * (1 + (number - 1) // 26)
        return letter if format == "upperLetter" else letter.lower()
    if format in ("upperRoman", "lowerRoman"):
        return _roman(number).upper() if format == "upperRoman" else _roman(number)
    if format in ("chineseCounting", "chineseCountingThousand", "japaneseCounting",
                  "taiwaneseCounting", "taiwaneseCountingThousand", "koreanCounting"):  # fmt: skip
        return _counted(number, *_COUNTING)
    if format in ("chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal"):
        return _counted(number, *_LEGAL)
    if format in ("ideographDigital", "taiwaneseDigital", "japaneseDigitalTenThousand"):
        return "".join(_DIGITS[int(digit)] for digit in str(number))
    return _signed(number, format)


def _signed(number: int, format: str) -> str:
    """Numbers in circles or brackets, and numbers that have a character of their own."""
    if format == "decimalZero":
        return f"{number:02}"
    if format == "decimalEnclosedCircle" and number <= 20:
        return chr(ord("①") + number - 1)
    if format == "decimalEnclosedParen":
        return f"({number})"
    if format == "decimalEnclosedFullstop":
        return f"{number}."
    if format == "ideographTraditional" and number <= len(_STEMS):
        return _STEMS[number - 1]
    if format == "ideographZodiac" and number <= len(_BRANCHES):
        return _BRANCHES[number - 1]
    return str(number)


def _roman(number: int) -> str:
    roman = ""
    for value, sign in _ROMAN:
        roman += sign * (number // value)
        number %= value
    return roman


def _counted(number: int, digits: str, units: str) -> str:
    """Return a number as it is said: 12 is 十二, 105 一百〇五."""
    text, gap = "", False
    for power in range(3, -1, -1):
        digit = number // 10**power % 10
        if not digit:
            gap = bool(text)
            continue
        text += digits[0] if gap else ""
        text += digits[digit] + (units[power - 1] if power else "")
        gap = False
    return text[1:] if 10 <= number < 20 and digits == _COUNTING[0] else text
