"""Checks of single values: names, numbers and texts that authors write."""

import re

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


_DECIMAL = re.compile(r"\d{1,4}(\.\d{1,2})?")


def is_id(value: str) -> bool:
    """Tell whether ``value`` may name a course, an item or a question."""
    return _ID.fullmatch(value) is not None


def is_decimal(value: str) -> bool:
    """Tell whether ``value`` may be hours or credits."""
    return _DECIMAL.fullmatch(value) is not None


def is_clean_text(value: str) -> bool:
    """Tell whether a text has no control characters but line breaks and tabs, and no surrogates."""
    return not any(
        (char < " " and char not in "\n\t")
        or "\x7f" <= char <= "\x9f"
        or "\ud800" <= char <= "\udfff"
        for char in value
    )
