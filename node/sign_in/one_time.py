"""One-time words: what is printed or read out once, and typed once."""

from __future__ import annotations

import secrets

# Without what looks or sounds alike on paper: 0 and o, 1, i and l.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUP = 4


def one_time_word(groups: int) -> str:
    """So many groups of four, like ``k7wq-m3tz-9hxp``; each group is worth 19.8 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(groups))


def as_printed(typed: str) -> str:
    """What somebody typed, as it was printed: without regard to capitals, spaces and hyphens."""
    bare = "".join(c for c in typed.lower() if c.isascii() and c.isalnum())
    return "-".join(bare[at : at + GROUP] for at in range(0, len(bare), GROUP))
