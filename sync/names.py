"""Names: texts that travel once per node and epoch, and as small numbers afterwards (SPEC.md §4.4).

A batch introduces the names that its records are the first to use. Both ends keep the table that
follows from the chain: the node in ``node.store.outbox``, the hub in ``hub.store``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sync.errors import MalformedBytes, TooLarge
from sync.records import MAX_NAME_CHARS

# §4.4  A station with 500 learners and 200 courses of 600 questions stays below this.
MAX_NAMES = 200_000


@dataclass(slots=True)
class Space:
    """One table: texts in the order in which they came, and the number of each."""

    texts: list[str] = field(default_factory=list)
    refs: dict[str, int] = field(default_factory=dict)

    def ref(self, text: str) -> int:
        """The number of ``text``, which is given the next one if it is new."""
        known = self.refs.get(text)
        if known is None:
            known = self.refs[text] = len(self.texts)
            self.texts.append(text)
        return known

    def learn(self, texts: list[str]) -> None:
        """Append ``texts`` as a peer introduced them (§4.4: new, bounded, no line breaks)."""
        for text in texts:
            # §4.4  A name MUST NOT be introduced twice.
            if text in self.refs:
                raise MalformedBytes("a name is introduced twice")
            if len(text) > MAX_NAME_CHARS or "\0" in text:
                raise MalformedBytes("a name is too long or holds a NUL")
            self.refs[text] = len(self.texts)
            self.texts.append(text)
        # §4.4  A table holds at most 200,000 names.
        if len(self.texts) > MAX_NAMES:
            raise TooLarge("the table of names", MAX_NAMES)

    def forget_after(self, count: int) -> None:
        """Undo: keep the first ``count`` names only."""
        # §4.7  A batch that fails changes nothing, the names included.
        for text in self.texts[count:]:
            del self.refs[text]
        del self.texts[count:]


@dataclass(slots=True)
class Names:
    """The three tables of one node and epoch."""

    learners: Space = field(default_factory=Space)
    objects: Space = field(default_factory=Space)
    responses: Space = field(default_factory=Space)

    def spaces(self) -> tuple[Space, Space, Space]:
        """The tables in the order of the wire."""
        return self.learners, self.objects, self.responses

    def counts(self) -> tuple[int, int, int]:
        """How many names each table holds."""
        return len(self.learners.texts), len(self.objects.texts), len(self.responses.texts)

    def since(self, counts: tuple[int, int, int]) -> str:
        """The names that came after ``counts``, in the form of ``to_text``."""
        return "\0".join(
            "\n".join(s.texts[n:]) + "\n" * bool(s.texts[n:])
            for s, n in zip(self.spaces(), counts, strict=True)
        )

    def forget_after(self, counts: tuple[int, int, int]) -> None:
        """Undo what was learnt after ``counts``."""
        for space, count in zip(self.spaces(), counts, strict=True):
            space.forget_after(count)

    def learn(self, text: str) -> None:
        """Append what ``since`` or ``to_text`` gave at the other end.

        Raises:
            MalformedBytes: not of that form, or a name is there already.
            TooLarge: more names than a table holds.
        """
        parts = text.split("\0")
        # §4.4  Three tables, parted by a NUL.
        if len(parts) != 3:
            raise MalformedBytes(f"names come in three tables, not {len(parts)}")
        for space, part in zip(self.spaces(), parts, strict=True):
            # §4.4  Each name is ended by a line feed, the last one too.
            if part and not part.endswith("\n"):
                raise MalformedBytes("a table of names is cut")
            space.learn(part.split("\n")[:-1])

    def to_text(self) -> str:
        """All names, for a store: ``from_text`` gives the same tables."""
        return self.since((0, 0, 0))

    @classmethod
    def from_text(cls, text: str) -> Names:
        """The tables that ``to_text`` wrote; "" gives empty ones."""
        names = cls()
        if text:
            names.learn(text)
        return names
