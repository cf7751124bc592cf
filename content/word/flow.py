"""Flow: a text with its marks and the objects in it, which can be cut like a string.

Pictures, formulas and tables in a text are one character each, ``OBJECT``. So numbers, letters and
brackets are searched in plain text, and a part that is cut out keeps its marks and objects.
"""

import html
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

OBJECT = "\ufffc"
# What a mark may be on a page; others ("color:…", "shade:…") only tell right options apart.
TAGS = ("b", "i", "u", "s", "em", "sub", "sup")
LINK = "link:"


@dataclass(frozen=True, slots=True)
class StyleSpan:
    """Where a text is bold, raised, red …: from ``begin`` to ``end``."""

    begin: int
    end: int
    tag: str


@dataclass(frozen=True, slots=True)
class Atom:
    """What one ``OBJECT`` stands for: its HTML, and its text where text can say it.

    ``words``: what a reader of plain text is given where text cannot say all of it.
    """

    html: str
    text: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A text. ``atoms`` are its objects in their order."""

    text: str = ""
    marks: tuple[StyleSpan, ...] = ()
    atoms: tuple[Atom, ...] = ()

    def cut(self, begin: int, end: int | None = None) -> "Flow":
        """Return a part, as slices are cut."""
        begin, end, _ = slice(begin, end).indices(len(self.text))
        end = max(begin, end)
        if not self.marks and not self.atoms:
            return Flow(self.text[begin:end])
        first = self.text.count(OBJECT, 0, begin)
        count = self.text.count(OBJECT, begin, end)
        marks = tuple(
            StyleSpan(max(mark.begin, begin) - begin, min(mark.end, end) - begin, mark.tag)
            for mark in self.marks
            if mark.begin < end and mark.end > begin
        )
        return Flow(self.text[begin:end], marks, self.atoms[first : first + count])

    def strip(self) -> "Flow":
        """Return it without blanks at its ends."""
        left = len(self.text) - len(self.text.lstrip())
        return self.cut(left, max(left, len(self.text.rstrip())))

    def plain(self) -> str | None:
        """Return it as text; ``None`` where an object in it has no text."""
        if any(atom.text is None for atom in self.atoms):
            return None
        atoms = iter(self.atoms)
        return re.sub(OBJECT, lambda _found: next(atoms).text or "", self.text)

    def readable(self) -> str:
        """Return it as text, without objects that have neither text nor words."""
        atoms = iter(self.atoms)
        return re.sub(OBJECT, lambda _found: _words(next(atoms)), self.text)

    def part_marked(self, tags: Collection[str]) -> bool:
        """Tell whether a mark stands on some of its words, but not on all of them."""
        letters = {at for at, char in enumerate(self.text) if char.isalnum()}
        for tag in tags:
            there = self.covered(tag) & letters
            if there and there != letters:
                return True
        return False

    def covered(self, tag: str) -> set[int]:
        """Return the places that are marked with ``tag``."""
        return {at for mark in self.marks if mark.tag == tag for at in range(mark.begin, mark.end)}

    def html(self, tags: Collection[str] = TAGS) -> str:
        """Return it as HTML with the marks of ``tags`` and links; line ends become ``<br>``."""
        events: dict[int, list[tuple[int, str]]] = {0: [], len(self.text): []}
        for mark in self.marks:
            if mark.tag in tags or mark.tag.startswith(LINK):
                events.setdefault(mark.begin, []).append((1, mark.tag))
                events.setdefault(mark.end, []).append((-1, mark.tag))
        active: Counter[str] = Counter()
        atoms = iter(self.atoms)
        pieces: list[str] = []
        shown: list[str] = []
        edges = sorted(events)
        for at, until in zip(edges, [*edges[1:], len(self.text)], strict=True):
            for step, tag in events[at]:
                active[tag] += step
            wanted = sorted(tag for tag, count in active.items() if count > 0)
            if wanted != shown and at < until:
                pieces += [_closing(tag) for tag in reversed(shown)] + [*map(_opening, wanted)]
                shown = wanted
            pieces.append(_escaped(self.text[at:until], atoms))
        return "".join([*pieces, *(_closing(tag) for tag in reversed(shown))])


def joined(flows: Iterable[Flow], between: str = "\n") -> Flow:
    """Return several as one."""
    texts: list[str] = []
    marks: list[StyleSpan] = []
    atoms: list[Atom] = []
    at = 0
    for flow in flows:
        if texts:
            texts.append(between)
            at += len(between)
        marks += [StyleSpan(mark.begin + at, mark.end + at, mark.tag) for mark in flow.marks]
        atoms += flow.atoms
        texts.append(flow.text)
        at += len(flow.text)
    return Flow("".join(texts), tuple(marks), tuple(atoms))


class FlowWriter:
    """Builds a flow run by run."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._atoms: list[Atom] = []
        self._marks: dict[str, list[StyleSpan]] = {}
        self._at = 0

    def add(self, text: str, tags: Collection[str] = ()) -> None:
        """Add a text; marks of neighbours become one."""
        if not text:
            return
        end = self._at + len(text)
        for tag in tags:
            marks = self._marks.setdefault(tag, [])
            if marks and marks[-1].end == self._at:
                marks[-1] = StyleSpan(marks[-1].begin, end, tag)
            else:
                marks.append(StyleSpan(self._at, end, tag))
        self._texts.append(text)
        self._at = end

    def show(self, atom: Atom) -> None:
        """Add an object."""
        self._atoms.append(atom)
        self.add(OBJECT)

    def flow(self) -> Flow:
        """Return what was added."""
        marks = (mark for marks in self._marks.values() for mark in marks)
        return Flow("".join(self._texts), tuple(marks), tuple(self._atoms))


def _words(atom: Atom) -> str:
    return atom.words if atom.text is None else atom.text


def _opening(tag: str) -> str:
    if tag.startswith(LINK):
        return f'<a href="{html.escape(tag.removeprefix(LINK))}">'
    return f"<{tag}>"


def _closing(tag: str) -> str:
    return "</a>" if tag.startswith(LINK) else f"</{tag}>"


def _escaped(text: str, atoms: Iterable[Atom]) -> str:
    remaining = iter(atoms)
    escaped = html.escape(text, quote=False).replace("\n", "<br>")
    return re.sub(OBJECT, lambda _found: next(remaining).html, escaped)
