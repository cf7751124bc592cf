"""Pages: Markdown or HTML of an author in, harmless HTML out (SPEC.md §2.5).

Done once, where a course is built: a node serves what the manifest names and needs neither
library. What may stay is a list; everything else goes, scripts with their contents.
"""

import html
import re
from collections.abc import Callable

import nh3
from markdown_it import MarkdownIt

# What a page reads like takes at least this long: a quick reader does 600 characters a minute.
CHARS_PER_SECOND = 10
LEAST_SECONDS = 30

_TAGS = set(
    "a abbr b blockquote br caption code dd del div dl dt em figcaption figure h1 h2 h3 h4 h5 h6"
    " hr i img ins li mark ol p pre q rp rt ruby s small span strong sub sup table tbody td tfoot"
    " th thead tr u ul".split()
)
_WITH_CONTENTS = set("script style title template noscript iframe object embed svg math".split())
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}

Pictures = Callable[[str], str | None]


def render_markdown(text: str, pictures: Pictures) -> str:
    """Return a Markdown text (CommonMark with tables) as harmless HTML."""
    return sanitise(
        MarkdownIt("commonmark", {"html": False}).enable("table").render(text), pictures
    )


def sanitise(source: str, pictures: Pictures) -> str:
    """Return ``source`` without anything that could act, load or deceive.

    ``pictures`` is asked for the address of each picture; ``None`` drops it. A text with an
    ``h1`` has all its headings moved down one step: the page around it has the one ``h1``.
    """

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) == ("img", "src"):
            return pictures(value)
        if (tag, attribute) == ("a", "href"):
            return value if re.match(r"https?://|mailto:", value, re.IGNORECASE) else None
        return value

    clean = nh3.clean(
        source,
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENTS,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto"},
    )
    if "<h1>" not in clean:
        return clean
    return re.sub(r"<(/?)h([1-5])>", lambda found: f"<{found[1]}h{int(found[2]) + 1}>", clean)


def visible_text(page: str) -> str:
    """Return what a reader sees of sanitised HTML, as plain text."""
    return html.unescape(re.sub(r"<[^>]*>", " ", page)).strip()


def reading_seconds(page: str) -> int:
    """Return the least time in which sanitised HTML can have been read."""
    return max(LEAST_SECONDS, len(re.sub(r"\s", "", visible_text(page))) // CHARS_PER_SECOND)
