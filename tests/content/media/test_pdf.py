"""content.media.pdf: tells files that need a password from files that only look so."""

import zlib
from pathlib import Path

import pytest

from content.media.pdf import file as pdf
from content.media.pdf import objects
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


# AES of 256 bits, revision 6, with an owner's password only.
SIX = (
    b"%PDF-2.0\n1 0 obj\n<< /Filter /Standard /V 5 /R 6 /Length 256 /P -1028 /U <"
    b"db5f09173c84766a95e76e0e41988691bcd1ad7efde9fde31e137363aa0ff3505d222ef37e2f9106db2ced01"
    b"8501e739> /O <00> >>\nendobj\ntrailer << /Encrypt 1 0 R >>\n%%EOF\n"
)


def test_a_file_of_revision_6_that_opens_for_everybody_is_fine(tmp_path: Path) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(SIX)
    assert pdf.trouble(file) == ""
    file.write_bytes(SIX.replace(b"<db5f", b"<db5e"))
    assert pdf.trouble(file) == "encrypted"


def stream(words: bytes, body: bytes, *, packed: bool = True) -> bytes:
    """An object with a stream; it is deflated unless it is to be plain."""
    body = zlib.compress(body) if packed else body
    words += b" /Filter /FlateDecode" if packed else b""
    head = b"7 0 obj\n<< %s /Length %d >>\nstream\n" % (words, len(body))
    return head + body + b"\nendstream\nendobj\n"


def told(tmp_path: Path, *objects: bytes) -> tuple[str, ...]:
    file = tmp_path / "x.pdf"
    file.write_bytes(b"%PDF-1.5\n" + b"".join(objects) + b"trailer\n<<>>\n%%EOF\n")
    assert pdf.trouble(file) == ""
    return pdf.remarks(file)


SCAN = stream(b"/Type /XObject /Subtype /Image", b"pixels", packed=False)
DRAWS = stream(b"", b"q 600 0 0 800 0 0 cm /Im0 Do Q")


def test_a_scanned_document_is_found_and_one_with_a_text_layer_is_not(tmp_path: Path) -> None:
    assert told(tmp_path, SCAN, DRAWS) == ("note-pdf-scanned",)
    for shows in (b"BT 3 Tr (words) Tj ET", b"BT [<0102> 3 (x)] TJ ET", b"BT (a)' ET"):
        assert told(tmp_path, SCAN, DRAWS, stream(b"", shows)) == ()
    # What cannot be unpacked may be text: nothing is claimed of it.
    assert told(tmp_path, SCAN, stream(b"", b"x").replace(b"/FlateDecode", b"/LZWDecode")) == ()
    assert told(tmp_path, DRAWS) == ()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (b"<< /S /JavaScript /JS (app.alert(1)) >>", "note-pdf-acts"),
        (b"<< /S /J#61vaScript /JS 5 0 R >>", "note-pdf-acts"),
        (b"<< /S /Launch /F (calc.exe) >>", "note-pdf-acts"),
        (b"<< /Type /Filespec /EF << /F 8 0 R >> >>", "note-pdf-attached"),
        (b"<< /Type /Annot /Subtype /RichMedia >>", "note-pdf-media"),
        (b"<< /Type /AcroForm /XFA [(a) 3 0 R] >>", "note-pdf-form"),
        (b"<< /Type /Page /MediaBox [0 0 200000 200000] >>", "note-pdf-size"),
        (b"<< /Type /Page /MediaBox [0 0 612.5 30000] >>", "note-pdf-size"),
        (b"<< /Type /Page /MediaBox [0 0 595 842] >>", ""),
    ],
)
def test_what_stations_do_not_show_is_said(tmp_path: Path, words: bytes, code: str) -> None:
    expected = (code,) if code else ()
    assert told(tmp_path, b"5 0 obj\n" + words + b"\nendobj\n") == expected
    # The same in a compressed stream of objects.
    assert told(tmp_path, stream(b"/Type /ObjStm /N 1 /First 4", b"5 0 " + words)) == expected


def test_a_form_that_only_one_program_draws_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.pdf"
    form = b"5 0 obj\n<< /XFA 6 0 R >>\nendobj\n6 0 obj\n<< /NeedsRendering true >>\nendobj\n"
    file.write_bytes(b"%PDF-1.7\n" + form + b"%%EOF\n")
    assert pdf.trouble(file) == "form"


def test_a_stream_that_unpacks_to_far_too_much_is_not_unpacked_whole() -> None:
    bomb = stream(b"", bytes(40_000_000))
    seen = objects.look(b"%PDF-1.5\n" + bomb * 20)
    assert seen.unread > 0  # the first few took all that may be unpacked


@pytest.mark.parametrize("length", range(0, len(SCAN + DRAWS), 7))
def test_a_pdf_cut_anywhere_breaks_nothing(length: int) -> None:
    objects.look((SCAN + DRAWS)[:length])
