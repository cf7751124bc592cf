"""PDF documents: whether stations can show them, and what their authors should know."""

from content.media.pdf.file import remarks, trouble

__all__ = ["remarks", "trouble"]
