"""Escapes of GIFT: escaped signs are hidden while the rest of a question is read."""

import re

# A sign after a backslash, and the noncharacter that stands for it: no text holds those.
_SIGNS = {
    "\\": "\ufdd0",
    "~": "\ufdd1",
    "=": "\ufdd2",
    "#": "\ufdd3",
    "{": "\ufdd4",
    "}": "\ufdd5",
    ":": "\ufdd6",
    "n": "\ufdd7",
    ">": "\ufdd8",  # after a hyphen, our own: an arrow that does not part a matching's pair
}
_MEANT = {hidden: "\n" if sign == "n" else sign for sign, hidden in _SIGNS.items()}
_ESCAPED = re.compile(r"\\([\\~=#{}:n]|(?<=-\\)>)")
_HIDDEN = re.compile("[\ufdd0-\ufdd8]")
_TEX = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]|\$\$.*?\$\$", re.DOTALL)
# In a formula \n begins a command more often than a line: \neq, \nu, \nabla.
_TEX_N = re.compile(r"\\(n[a-z])")
# Addresses and styles in a tag hold signs that begin no answer: <img src="a#b">.
_TAG = re.compile(r"""<[a-zA-Z][^<>{}]*?[\w-]=["'][^<>{}]*>""")
_IN_TAG = str.maketrans({sign: _SIGNS[sign] for sign in "~=#"})
_TO_ESCAPE = re.compile(r"[\\~=#{}:\n]")


def hidden(text: str) -> str:
    """Return ``text`` with its escaped signs hidden."""
    if "\\" in text:
        text = _escapes_hidden(text)
    return _TAG.sub(lambda tag: tag[0].translate(_IN_TAG), text)


def _escapes_hidden(text: str) -> str:
    text = _TEX.sub(lambda tex: _TEX_N.sub("\ufdd0\\1", tex[0]), text)
    return _ESCAPED.sub(lambda match: _SIGNS[match[1]], text)


def shown(text: str) -> str:
    """Return ``text`` with its hidden signs as they are meant, without backslashes."""
    return _HIDDEN.sub(lambda match: _MEANT[match[0]], text)


def escaped(text: str) -> str:
    """Return ``text`` so that nothing in it is read as a sign of GIFT."""
    return _TO_ESCAPE.sub(lambda f: "\\n" if f[0] == "\n" else "\\" + f[0], text)
