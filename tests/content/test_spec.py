"""content/SPEC.md: its worked example and its limits are what the code does."""

import re
from pathlib import Path

from content.model import limits
from content.packs.pack import PAYLOAD_AT
from content.source.build_pack import build
from content.source.folder import read_folder
from content.transfer.blobs import BlobStore
from content.transfer.request import BlobRequest, write_requests
from content.transfer.serve import PieceResponse
from tests.content.conftest import KEY

SPEC = (Path(__file__).parents[2] / "content" / "SPEC.md").read_text("utf-8")
EXAMPLE = SPEC.split("## 6. Worked example")[1].split("\n## ")[0]


def test_the_worked_example_is_what_is_built(tmp_path: Path, blobs: BlobStore) -> None:
    course, bank = re.findall(r"```toml\n(.*?)```", EXAMPLE, re.DOTALL)
    (payload,) = re.findall(r"```json\n(.*?)\n```", EXAMPLE, re.DOTALL)
    (name,) = re.findall(r"`([0-9a-f]{64})`", EXAMPLE)
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "course.toml").write_text(course, "utf-8")
    (tmp_path / "course" / "bank.toml").write_text(bank, "utf-8")
    pack = build(read_folder(tmp_path / "course"), blobs, KEY)
    assert blobs.path(pack.manifest_sha).read_bytes()[PAYLOAD_AT:].decode() == payload
    assert pack.manifest_sha == name


def test_the_limits_that_the_text_names_are_those_of_the_code() -> None:
    assert f"video {limits.MAX_VIDEO_BYTES // limits.MB} MB" in SPEC
    assert f"PDF {limits.MAX_PDF_BYTES // limits.MB} MB" in SPEC
    assert f"page and subtitles {limits.MAX_PAGE_BYTES // 1000} kB" in SPEC
    assert f"at most {limits.MAX_PATH_CHARS} characters and {limits.MAX_PARTS} parts" in SPEC
    assert f"at most {limits.MAX_MANIFEST_BYTES // limits.MB} MB" in SPEC
    assert f"at most {limits.MAX_ZIP_ENTRIES:,} entries" in SPEC


def test_the_worked_example_of_an_answer_is_what_is_sent(blobs: BlobStore) -> None:
    section = SPEC.split("### 5.8")[1].split("\n## ")[0]
    asked, answered = re.findall(r"```\n(.*?)```", section, re.DOTALL)
    wishes = (BlobRequest(blobs.add_bytes(b"0123456789"), skip=4), BlobRequest("ab" * 32))
    asked = asked.replace("<32 bytes: the name of the page>", "ab" * 32)
    assert _bytes(asked) == write_requests(wishes)
    assert _bytes(answered) == b"".join(PieceResponse(blobs, wishes).pieces(100))


def _bytes(shown: str) -> bytes:
    """The hexadecimal digits of each line, up to what is said about them."""
    return b"".join(bytes.fromhex(line.split("   ")[0]) for line in shown.splitlines())
