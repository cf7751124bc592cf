"""The receipt's mark beside the database."""

from __future__ import annotations

from pathlib import Path

from node.exchange.lineage import MARK_FILE, ReceiptMark, keep_mark, read_mark


def test_the_mark_is_read_as_it_was_kept_and_nothing_when_it_is_damaged(tmp_path: Path) -> None:
    assert read_mark(tmp_path) == ReceiptMark()
    keep_mark(tmp_path, ReceiptMark(2, 30))
    assert read_mark(tmp_path) == ReceiptMark(2, 30)
    (tmp_path / MARK_FILE).write_text("[1", "ascii")
    assert read_mark(tmp_path) == ReceiptMark()


def test_a_disk_that_does_not_take_the_mark_stops_nothing(tmp_path: Path) -> None:
    keep_mark(tmp_path, ReceiptMark(1, 7))
    (tmp_path / f"{MARK_FILE}.part").mkdir()
    keep_mark(tmp_path, ReceiptMark(1, 9))
    assert read_mark(tmp_path) == ReceiptMark(1, 7)
    (tmp_path / f"{MARK_FILE}.part").rmdir()
    keep_mark(tmp_path, ReceiptMark(1, 9))
    assert read_mark(tmp_path) == ReceiptMark(1, 9)
