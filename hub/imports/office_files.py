"""Office files: documents of office programs, made into what courses hold before they are imported.

What LibreOffice may do on this machine is in ``content.source.office``; without it such a document
is refused, and the fault says what to do instead.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.source import office
from content.source.file_kind import What, recognise
from content.source.office import Target
from hub.context.open_hub import Hub

# Into what, what is said where no program does it, and what is said of the outcome.
_TARGETS: dict[What, tuple[Target, str, str]] = {
    What.OLD_WORD: ("docx", "word-old", "note-office-word"),
    What.SLIDES: ("pdf", "material-slides", "note-office-pdf"),
}


@dataclass(frozen=True, slots=True)
class Readable:
    """A file that can be imported, what it is, and what is to be said of it."""

    path: Path
    what: What
    remarks: tuple[Fault, ...] = ()


@contextmanager
def readable(hub: Hub, path: Path, name: str, what: What) -> Iterator[Readable]:
    """Open what can be imported of a file; most files are that already.

    Raises:
        ContentFaults: it needs a program that this machine lacks, or the program made nothing.
    """
    if what not in _TARGETS:
        yield Readable(path, what)
        return
    target, missing, note = _TARGETS[what]
    shown: dict[str, str | int] = {"path": name[:120]}
    program = hub.config.office or office.program()
    if not program or program == "none":
        raise ContentFaults([Fault(missing, values=shown)])
    with tempfile.TemporaryDirectory(prefix="xuezhan-office-") as scratch:
        made = office.converted(program, path, name, target, Path(scratch), hub.config.data)
        yield Readable(made, recognise(made, f"{name}.{target}"), (Fault(note, values=shown),))
