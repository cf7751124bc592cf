"""content.media.pdf: tells files that need a password from files that only look so."""

from pathlib import Path

import pytest

from content.media import pdf
from tests.content.conftest import PDF

SHARED = Path(__file__).parents[4] / "shared" / "testdata" / "media" / "pdf"
LOCKED = SHARED / "005-libreoffice-writer-password" / "libreoffice-writer-password.pdf"


def _needs(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"no test data at {path}")
    return path


def test_every_plain_file_of_the_test_data_is_fine() -> None:
    files = [each for each in _needs(SHARED).rglob("*.pdf") if each != LOCKED]
    assert [pdf.trouble(each) for each in files] == [""] * len(files)
    assert files


def test_a_file_with_a_password_is_told() -> None:
    assert pdf.trouble(_needs(LOCKED)) == "encrypted"


def test_a_file_that_opens_with_the_empty_password_is_fine(tmp_path: Path) -> None:
    """The file's own password stands in for the empty one: the same steps on a real file."""
    raw = _needs(LOCKED).read_bytes()
    begins = raw.index(b"14 0 obj")
    table, first_id = raw[begins:].split(b"endobj")[0], pdf._first_id(raw)
    assert pdf._opens(table, first_id, b"openpassword")
    assert not pdf._opens(table, first_id)


@pytest.mark.parametrize("trailer", [b"/Encrypt 9 0 R", b"/Encrypt << /Filter /Standard >>"])
def test_an_encryption_that_is_not_understood_counts_as_one(tmp_path: Path, trailer: bytes) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(PDF.replace(b"<<>>\n%%EOF", b"<< " + trailer + b" >>\n%%EOF"))
    assert pdf.trouble(file) == "encrypted"


@pytest.mark.parametrize("raw", [b"", b"%PDF-1.4", PDF[:-7], b"<html>%%EOF"])
def test_what_is_cut_is_no_pdf(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(raw)
    assert pdf.trouble(file) == "not-pdf"


# AES of 128 bits with an owner's password only: printing is forbidden, reading is not.
FOR_ALL = b"""6 0 obj
<< /CF << /StdCF << /AuthEvent /DocOpen /CFM /AESV2 /Length 16 >> >> /Filter /Standard /Length 128
/O <77b8fb098022d3ab34237ea5643c08710ea5123fc5f88bf993a68cca5f12b40f> /P -1028 /R 4 /V 4
/StmF /StdCF /StrF /StdCF
/U <a6cee0205732489c7e61e4cf06b4e6a20021446990b9e4114071a4d9104984c1> >>
endobj
trailer << /ID [<ed540f4466270d21624eaebda455e1dc><ed>] /Encrypt 6 0 R >>
%%EOF
"""


def test_the_length_of_a_filter_is_not_that_of_the_key(tmp_path: Path) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(b"%PDF-1.6\n" + FOR_ALL)
    assert pdf.trouble(file) == ""
    file.write_bytes(b"%PDF-1.6\n" + FOR_ALL.replace(b"a6cee0", b"a6cee1"))
    assert pdf.trouble(file) == "encrypted"


def test_a_file_that_is_filled_up_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(PDF + bytes(5_000))
    assert pdf.trouble(file) == ""
