"""Uploads: an uploaded file waits here between preview and decision.

Files are named by random tokens; the next form gives the token back to the uploader.
"""

import re
import shutil
from pathlib import Path
from typing import IO

from hub.context.open_hub import Hub
from hub.errors import UploadGone
from sync.secrets import random_token

# Enough to ask a colleague the same day before publishing, not until tomorrow.
KEPT_S = 12 * 3600
# The kind of files that are to be imported; other pages have kinds of their own.
CONTENT = "content"
# Films that are being converted lie in folders with this beginning. One that was not touched for
# so long was left behind by a hub that ended.
CONVERTING = "convert-"
LEFT_S = 600
_TOKEN = re.compile(r"[\w-]{16,40}")


def keep(hub: Hub, source: IO[bytes], kind: str) -> tuple[str, Path]:
    """Keep what ``source`` holds and return its token and file; old uploads are dropped."""
    folder = _folder(hub)
    forget_old(hub)
    token = random_token(16)
    place = folder / f"{kind}-{token}"
    place.mkdir(mode=0o700)
    with (place / "file").open("wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
    return token, place / "file"


def find(hub: Hub, token: str, kind: str) -> Path:
    """The file that was kept.

    Raises:
        UploadGone: it is not there, or no longer.
    """
    file = _folder(hub) / f"{kind}-{token}" / "file"
    if not _TOKEN.fullmatch(token) or not file.is_file():
        raise UploadGone()
    return file


def drop(file: Path) -> None:
    """Remove a kept file and everything made from it."""
    shutil.rmtree(file.parent, ignore_errors=True)


def forget_old(hub: Hub) -> None:
    """Drop uploads that nobody decided on."""
    for place in _folder(hub).iterdir():
        kept = LEFT_S if place.name.startswith(CONVERTING) else KEPT_S
        if place.stat().st_mtime < hub.now() - kept:
            shutil.rmtree(place, ignore_errors=True)


def _folder(hub: Hub) -> Path:
    folder = hub.config.uploads
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
