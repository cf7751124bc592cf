"""Banks as files in ``tmp_path``, read by ``content.questions.read``."""

from collections.abc import Callable
from pathlib import Path

import pytest

from content.model.errors import ContentFaults
from content.questions import Imported, read
from content.transfer.blobs import BlobStore

REAL = Path(__file__).parents[4] / "shared" / "testdata" / "questions"
Reader = Callable[..., Imported]


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


@pytest.fixture
def reading(tmp_path: Path, blobs: BlobStore) -> Reader:
    """Read what was written, as text or bytes."""

    def read_it(written: str | bytes, **others: object) -> Imported:
        path = tmp_path / "bank"
        path.write_bytes(written.encode("utf-8") if isinstance(written, str) else written)
        return read(path, blobs, name="bank.txt", **others)  # type: ignore[arg-type]

    return read_it


def codes(imported: Imported) -> list[str]:
    """Why questions were refused."""
    return [fault.code for fault in imported.refused]


def notes(imported: Imported) -> list[str]:
    """What is remarked on questions that came in."""
    return [fault.code for fault in imported.remarks]


def fault_of(read_it: Callable[[], object]) -> str:
    """The code of the one fault for which a whole file is refused."""
    with pytest.raises(ContentFaults) as caught:
        read_it()
    (fault,) = caught.value.faults
    return fault.code


def real(*names: str) -> Path:
    """A file of the test material; the test is skipped where that is absent."""
    path = REAL.joinpath(*names)
    if not path.exists():
        pytest.skip(f"no test material: {path}")
    return path
