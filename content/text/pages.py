"""Pages: Markdown or HTML of an author in, harmless HTML out (SPEC.md §2.5).

Done once, when a course is built: a node serves what the manifest names and needs neither
library. Only what is on a list stays; everything else is removed, scripts with their contents.
"""

import re
from collections.abc import Callable

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

from content.model.checks.markup import ATTRIBUTES, FORMULA, LINK, SOUND, TAGS, visible_text

# Nobody reads a page faster: a quick reader does 600 characters a minute.
CHARS_PER_SECOND = 10
LEAST_SECONDS = 30

_WITH_CONTENTS = set("script style title template noscript iframe object embed svg math".split())

# Nobody nests so deep; the cost of reading HTML grows with the square of its depth.
_DEEPEST = 300
_NESTING = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*)[^<>]*>")
_SINGLE = set("br hr img input col wbr source area embed track meta link param base".split())

# Asked for the address under which a file of the page is served; ``None`` drops it.
Pictures = Callable[[str], str | None]


def render_markdown(text: str, pictures: Pictures, *, brackets: bool = False) -> str:
    """Return a Markdown text (CommonMark with tables) as harmless HTML.

    Formulas, ``\\(…\\)`` and ``\\[…\\]``, stay as they are written. HTML does not know whether an
    author wrote ``1.`` or ``1)``; with ``brackets`` a list of the latter says ``start="1)"``.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.inline.ruler.before("escape", "formula", _formula)
    if brackets:
        reader.core.ruler.push("brackets", _brackets)
    return sanitise(reader.render(text), pictures)


def _brackets(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "ordered_list_open" and token.markup == ")":
            token.attrSet("start", f"{token.attrs.get('start', 1)})")


def _formula(state: StateInline, silent: bool) -> bool:
    """Take a formula as text: to Markdown its backslashes would escape what follows them."""
    match = FORMULA.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.push("text", "", 0).content = match[0]
    state.pos = match.end()
    return True


def sanitise(source: str, pictures: Pictures, *, sound: bool = False) -> str:
    """Return ``source`` without anything that could act, load or deceive.

    ``pictures`` is asked for the address of each picture, and with ``sound`` of each sound;
    ``None`` drops it. A text with an ``h1`` has all its headings moved down one step: the page
    around it has the one ``h1``. ``content.model.checks.markup.is_harmless`` accepts what comes
    out.
    """

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src":  # called for dropped elements too: frames and scripts have one
            return pictures(value) if tag in ("img", SOUND) else None
        if "<" in value or ">" in value:
            return None
        if (tag, attribute) == ("a", "href"):
            return value if LINK.match(value) else None
        return value

    clean = nh3.clean(
        shallow(source),
        tags=set(TAGS | {SOUND} if sound else TAGS),
        clean_content_tags=_WITH_CONTENTS,
        attributes={tag: ATTRIBUTES[tag] - {"controls"} for tag in ATTRIBUTES},
        set_tag_attribute_values={SOUND: {"controls": ""}},
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto"},
    )
    if "<h1>" not in clean:
        return clean
    return re.sub(r"<(/?)h([1-5])>", lambda match: f"<{match[1]}h{int(match[2]) + 1}>", clean)


def shallow(source: str) -> str:
    """Return HTML without the tags that would nest it deeper than ``_DEEPEST``."""
    depth = 0

    def keep_tag(match: re.Match[str]) -> str:
        nonlocal depth
        if match[2].lower() in _SINGLE:
            return match[0]
        deepest = depth if match[1] else depth + 1
        depth = max(0, depth - 1) if match[1] else depth + 1
        return "" if deepest > _DEEPEST else match[0]

    return source if source.count("<") <= _DEEPEST else _NESTING.sub(keep_tag, source)


def reading_seconds(page: str) -> int:
    """Return the least time in which sanitised HTML can have been read."""
    return max(LEAST_SECONDS, len(re.sub(r"\s", "", visible_text(page))) // CHARS_PER_SECOND)
