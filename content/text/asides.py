"""Asides: how hanzi sound, written after them in brackets, as old web pages do it.

学（xué）分, 學(xué)分, 学［ㄒㄩㄝˊ］分, and a form beside the other one, 學（学）分: search passes
over what stands in such brackets. Pages show a text as it is; only what is compared leaves it out.
"""

import re

from content.text.search_fold import fold

# What is matched is folded: small letters, half width, simplified forms.
_OPEN, _CLOSE = r"[(\[〔【﹙]", r"[)\]〕】﹚]"
_HAN = "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_SYLLABLE = (
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?"
    r"(?:i?ang|i?ong|u?ang|[aeiu]ng|i?an|[uü]an|[eiuü]n|i?ao|uai|[aeu]i|i?[aeo]|u[aeo]|i?u|[üv]e?|ou|"
    r"i|u)r?|er|ng|hm)"
)
_PLAIN = rf"(?:{_SYLLABLE}[1-5]?['’ ]?)+"
_MARKED = rf"[a-zü'’ 1-5\-]*[{_TONED}][a-zü'’ 1-5\-{_TONED}]*"
_ZHUYIN = "[\u3105-\u312f\u31a0-\u31bf ˊˇˋ˙]+"
_SOUND = rf"(?:{_MARKED}|{_ZHUYIN}|(?=[a-zü]{{2}})(?:{_PLAIN}))"
# One form in the brackets, the other before them; folded they are the same.
_SAME = rf"(?P<form>{_HAN}{{1,4}})"
_ASIDE = re.compile(
    rf"(?<={_HAN})\s?{_OPEN}\s?({_SOUND})\s?{_CLOSE}|{_SAME}{_OPEN}(?P=form){_CLOSE}"
)
# The same for a pattern over folded text: what may stand between two words that are searched.
_WITHIN = rf"(?:[a-zü{_TONED}1-5'’ \-]|{_HAN}|[\u3105-\u312f\u31a0-\u31bfˊˇˋ˙])"
BETWEEN = rf"(?:{_OPEN}{_WITHIN}{{1,40}}{_CLOSE}|[\W_])*"


def apart(text: str) -> tuple[str, str]:
    """Return a text folded and without asides, and what stood in them.

    Capitals without a tone are an abbreviation, not a sound: 食品（PE）管.
    """
    folded = fold(text)
    if not any(sign in folded for sign in "([〔【﹙"):
        return folded, ""
    asides: list[str] = []

    def leave_out(match: re.Match[str]) -> str:
        if match[1] is None:
            return match["form"]
        written = text[match.start(1) : match.end(1)]
        if written.isascii() and written != written.lower():
            return match[0]
        asides.append(match[1])
        return ""

    return _ASIDE.sub(leave_out, folded), " ".join(asides)
