"""content.cells.biff: old xls workbooks are measured before they are read."""

import struct
from contextlib import suppress
from pathlib import Path

import pytest

from content.cells import biff, workbook
from content.model.errors import ContentFaults
from content.questions import read
from content.transfer.blobs import BlobStore
from tests.content.questions.conftest import fault_of

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def label(row: int, column: int, text: str) -> bytes:
    raw = text.encode("utf-16-le")
    return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + raw)


def stream(cells: list[tuple[int, int, str]]) -> bytes:
    """The run of records of a workbook with one sheet."""
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0))
    begin += record(0x0042, struct.pack("<H", 1200))
    sheet_at = len(begin) + 4 + 8 + len("S") + 4
    begin += record(0x0085, struct.pack("<IHBB", sheet_at, 0, 1, 0) + b"S") + record(0x000A, b"")
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
    sheet += b"".join(label(*cell) for cell in cells) + record(0x000A, b"")
    return begin + sheet


def entry(name: str, kind: int, child: int, begin: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0" if name else b""
    return (
        raw.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(raw), kind, 1, FREE, FREE, child)
        + bytes(36)
        + struct.pack("<IQ", begin, size)
    )


def xls(path: Path, cells: list[tuple[int, int, str]], *, small: bool = False) -> Path:
    """Write an old workbook with one sheet of texts."""
    return container(path, stream(cells), small=small)


def container(path: Path, workbook: bytes, *, small: bool = False) -> Path:
    """Write a compound file: one sector of FAT, one of directory, then the stream."""
    workbook = workbook if small else workbook.ljust(4096, b"\0")
    unit = 64 if small else SECTOR
    padded = workbook.ljust(-(-len(workbook) // unit) * unit, b"\0")
    count = len(padded) // unit
    chain = [*range(1, count), END]
    if small:
        whole = padded.ljust(-(-len(padded) // SECTOR) * SECTOR, b"\0")
        sectors = len(whole) // SECTOR
        fat = [FAT, END, END, *(n + 3 for n in [*range(1, sectors), END - 3])]
        mini = struct.pack(f"<{count}I", *chain).ljust(SECTOR, b"\xff")
        root, body, mini_at = (3, len(padded)), mini + whole, 2
    else:
        fat = [FAT, END, *(n + 2 for n in [*range(1, count), END - 2])]
        root, body, mini_at = (END, 0), padded, END
    directory = entry("Root Entry", 5, 1, *root)
    directory += entry("Workbook", 2, FREE, 0 if small else 2, len(workbook))
    directory += entry("", 0, FREE, 0, 0) * 2
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, mini_at, int(small), END, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(SECTOR, b"\xff")
    path.write_bytes(header + table + directory + body)
    return path


ROWS = [["题干", "选项A", "选项B", "答案"], ["甲？", "一", "二", "B"]]
CELLS = [(r, c, text) for r, row in enumerate(ROWS) for c, text in enumerate(row)]


def test_an_old_workbook_is_read(tmp_path: Path, blobs: BlobStore) -> None:
    path = xls(tmp_path / "a.xls", CELLS)
    assert biff.area(path) == 8
    imported = read(path, blobs)
    assert (imported.format, imported.questions[0].options) == ("xls", ("一", "二"))


def test_a_small_one_is_measured_too(tmp_path: Path) -> None:
    assert biff.area(xls(tmp_path / "a.xls", CELLS, small=True)) == 8


def test_two_cells_far_apart_are_refused(tmp_path: Path, blobs: BlobStore) -> None:
    path = xls(tmp_path / "a.xls", [*CELLS, (65_000, 60_000, "x")])
    assert fault_of(lambda: read(path, blobs)) == "bank-sheet-area"


@pytest.mark.parametrize("small", [False, True])
def test_a_chain_that_goes_in_a_circle_ends(tmp_path: Path, small: bool) -> None:
    path = xls(tmp_path / "a.xls", CELLS, small=small)
    raw = bytearray(path.read_bytes())
    at = SECTOR + 4 * (3 if small else 2)
    raw[at : at + 4] = struct.pack("<I", 3 if small else 2)
    path.write_bytes(raw)
    assert biff.area(path) >= 0


def test_a_run_of_cells_counts_to_its_last(tmp_path: Path, blobs: BlobStore) -> None:
    run = record(0x00BE, struct.pack("<HHHHH", 60_000, 0, 15, 15, 60_000))
    path = xls(tmp_path / "a.xls", CELLS)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(record(0x000A, b"") + bytes(200), run + bytes(186), 1))
    assert biff.area(path) > 3_000_000_000


def test_any_cut_is_no_workbook_and_no_crash(tmp_path: Path, blobs: BlobStore) -> None:
    path = tmp_path / "b.xls"
    raw = xls(path, CELLS).read_bytes()
    for length in range(4, len(raw), 97):
        path.write_bytes(raw[:length])
        with suppress(ContentFaults):
            assert read(path, blobs).total <= 1


def test_a_workbook_behind_a_password_says_so(tmp_path: Path, blobs: BlobStore) -> None:
    path = xls(tmp_path / "a.xls", CELLS)
    raw = path.read_bytes()
    codepage = record(0x0042, struct.pack("<H", 1200))
    path.write_bytes(raw.replace(codepage, record(0x002F, b"\0\0"), 1))
    assert fault_of(lambda: read(path, blobs)) == "table-locked"


def test_numbers_of_an_old_workbook_are_shown_with_their_formats(tmp_path: Path) -> None:
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0))
    begin += record(0x0042, struct.pack("<H", 1200))
    code = '000"号"'
    begin += record(0x041E, struct.pack("<HHB", 164, len(code), 1) + code.encode("utf-16-le"))
    begin += b"".join(record(0x00E0, struct.pack("<HH", 0, n) + bytes(16)) for n in (0, 164, 9))
    sheet_at = len(begin) + 4 + 8 + len("S") + 4
    begin += record(0x0085, struct.pack("<IHBB", sheet_at, 0, 1, 0) + b"S") + record(0x000A, b"")
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
    sheet += label(0, 0, "x")
    sheet += record(0x027E, struct.pack("<HHHI", 0, 1, 1, 7 << 2 | 2))
    sheet += record(0x0203, struct.pack("<HHHd", 0, 2, 2, 0.05))
    sheet += record(0x00BD, struct.pack("<HHHIHIH", 1, 0, 1, 8 << 2 | 2, 2, 25 << 2 | 3, 1))
    sheet += record(0x0203, struct.pack("<HHHd", 1, 2, 0, 110101199001011234.0))
    book = container(tmp_path / "a.xls", begin + sheet + record(0x000A, b""))
    [read_sheet] = workbook.sheets(book, "a.xls")
    assert read_sheet.rows == [(1, ["x", "007号", "5%"]), (2, ["008号", "25%", ""])]
    assert [fault.code for fault in read_sheet.faults.values()] == ["cell-digits"]
