"""Library import: 10 million characters into one volume: ``python -m tests.bench.library_import``.

A zip of text files as an office keeps them, in the encodings that it has, half of them web pages;
handed in as a browser hands it in. Counted from the file on the disk to the documents in the draft,
in processor time, as the index at a station is.
"""

from __future__ import annotations

import random
import tempfile
import time
import zipfile
from pathlib import Path

from hub.authoring import draft_editing, volume_editing
from hub.authoring.draft_plan import Plan
from hub.config import Config
from hub.context import open_hub
from hub.imports import imports
from hub.materials.import_report import ImportTarget
from tests.bench import library
from tests.bench.figure import Figure, report
from tests.hub.actors import actor

HOW = "python -m tests.bench.library_import"
ENCODINGS = ("utf-8", "gb18030", "utf-8-sig", "utf-16")


def figures() -> list[Figure]:
    """Make the files, then take them in."""
    by = actor("bench")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "library.zip"
        documents, characters = written(file)
        data = Path(folder) / "hub"
        open_hub.create(Config(data=data))
        hub = open_hub.open_hub(data)
        try:
            plan = volume_editing.with_volume(Plan("法规", required=False), "一")
            draft = draft_editing.make(hub, by, "laws", plan)
            began = time.process_time()
            taken = imports.import_file(
                hub, file, "library.zip", by, ImportTarget(volume=f"{draft}/v1")
            )
            took = time.process_time() - began
        finally:
            hub.close()
    assert (taken.imported, taken.refused) == (documents, 0), taken
    print(f"{documents:,} documents, {characters:,} characters in {took:.1f} s")
    return [
        Figure(
            "import.library.chars_per_s", round(characters / took), "chars/s", 1_000_000,
            "high", HOW,
        )
    ]  # fmt: skip


def written(file: Path) -> tuple[int, int]:
    """Write the zip; returns how many documents and characters are in it."""
    count = characters = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for shelf, documents in library.volumes(random.Random(11)).items():
            for document in documents:
                encoding = ENCODINGS[count % len(ENCODINGS)]
                lines = document.text.split("，")
                paragraphs = ["，".join(lines[at : at + 40]) for at in range(0, len(lines), 40)]
                if count % 2:
                    text = f"<h1>{document.title}</h1>" + "".join(f"<p>{p}</p>" for p in paragraphs)
                    name = f"{shelf}/{document.title}.html"
                else:
                    text = "\n".join((document.title, *paragraphs))
                    name = f"{shelf}/{document.title}.txt"
                archive.writestr(name, text.encode(encoding))
                count += 1
                characters += len(document.text)
    return count, characters


if __name__ == "__main__":
    report(figures)
