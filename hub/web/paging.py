"""Pages of long lists: which page was asked for, and how many there are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

MAX_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``total`` is known once the list was counted."""

    number: int
    size: int
    total: int = 0

    @classmethod
    def of(cls, args: Mapping[str, str], size: int) -> "Page":
        """The page that ``?page=`` asks for; the first for anything that is no number."""
        asked = args.get("page", "1")
        number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 1
        return cls(min(max(number, 1), MAX_PAGE), size)

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    def counted(self, total: int) -> "Page":
        """The same page of a list of ``total``."""
        return replace(self, total=total)

    def within(self, total: int) -> "Page":
        """The same page of a list of ``total``, or its last page if there are fewer."""
        counted = self.counted(total)
        return replace(counted, number=min(counted.number, counted.pages))
