"""ffmpeg: where it is, and running it with limits on a file that nobody vouches for.

It opens files only (no address, no playlist), reads them as the kind that our own reader
recognised, and runs in a process of its own (``hub.films.limited``): nice, with so much time,
memory and disk, and dead when the hub is. What is made of films is ``hub.films.converting``.
"""

import importlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from content.model.limits import MAX_SECONDS, MAX_VIDEO_BYTES
from hub.config import Config

OFF = "off"
_LIMITED = Path(__file__).with_name("limited.py")
# Decoding a film of 4K in ten bits takes a gigabyte, coding it twice another.
MEMORY_BYTES = 3_000_000_000
# A film at a tenth of its speed, on a hub that has other work.
SECONDS_A_SECOND, LEAST_S = 10, 900
# ffmpeg tells twice a second how far it is; when it is silent for so long it hangs.
SILENT_S = 300
LOOK_S = 60
# What it says before the first picture; a hostile file makes it say much more.
HEAD_BYTES = 64_000

# By what our reader calls a container (content.media.containers): ffmpeg's reader.
DEMUXERS = {
    "mp4": "mov",
    "webm": "matroska",
    "AVI": "avi",
    "FLV": "flv",
    "WMV": "asf",
    "MPEG": "mpeg",
    "TS": "mpegts",
    "RealMedia（RM、RMVB）": "rm",
    "Ogg": "ogg",
    "MXF": "mxf",
    "DV": "dv",
    "WTV": "wtv",
}
_DURATION = re.compile(rb"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_OUT_TIME = re.compile(r"out_time_us=(\d+)")


class ConvertingFault(Exception):
    """ffmpeg did not make what was asked for. ``fault`` is a code for the author."""

    def __init__(self, fault: str, detail: str = "") -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class FilmInput:
    """A film to be read: its file, ffmpeg's reader for it."""

    path: Path
    demuxer: str

    def arguments(self) -> list[str]:
        """The part of a command line that names it."""
        return ["-protocol_whitelist", "file", "-f", self.demuxer, "-i", f"file:{self.path}"]


def program(config: Config) -> Path | None:
    """Return where ffmpeg is: as set, else in PATH, else in the package imageio-ffmpeg."""
    if config.ffmpeg == OFF:
        return None
    if config.ffmpeg:
        path = Path(config.ffmpeg)
        return path if path.is_file() else None
    found = shutil.which("ffmpeg")
    if found is None:
        with suppress(ImportError, RuntimeError):
            found = str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())
    return Path(found) if found else None


def seconds_of(ffmpeg: Path, source: FilmInput, folder: Path) -> float:
    """Return how long a film claims to be; 0 when it does not say.

    Raises:
        ConvertingFault: it cannot be read.
    """
    with _started(ffmpeg, source.arguments(), folder, LOOK_S) as process:
        try:
            _out, said = process.communicate(timeout=LOOK_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise ConvertingFault("convert-unreadable", "no answer") from None
    head = said[:HEAD_BYTES]
    if b"Video:" not in head:
        raise ConvertingFault("convert-unreadable", head[-200:].decode("utf-8", "replace"))
    match = _DURATION.search(head)
    hours, minutes, rest = (float(part) for part in match.groups()) if match else (0.0, 0.0, 0.0)
    return hours * 3600 + minutes * 60 + rest


def run(
    ffmpeg: Path,
    arguments: Sequence[str],
    folder: Path,
    seconds: float,
    tell: Callable[[float], None],
) -> None:
    """Let ffmpeg make files in ``folder`` of a film of about ``seconds``.

    ``tell`` is told about once a second which second of the film is done; what it raises ends
    ffmpeg.

    Raises:
        ConvertingFault: it failed, hung, or took too much of something.
    """
    most = LEAST_S + SECONDS_A_SECOND * min(seconds or MAX_SECONDS, MAX_SECONDS)
    until = time.monotonic() + most
    lines = SimpleQueue[str | None]()
    told = ["-progress", "pipe:1", "-stats_period", "1", *arguments]
    with _started(ffmpeg, told, folder, int(most), quiet=True) as process:
        Thread(target=_read, args=(process, lines), name="ffmpeg", daemon=True).start()
        try:
            while (line := lines.get(timeout=SILENT_S)) is not None:
                if time.monotonic() > until:
                    raise ConvertingFault("convert-long")
                if match := _OUT_TIME.match(line):
                    tell(int(match[1]) / 1_000_000)
            code = process.wait(SILENT_S)
        except (Empty, subprocess.TimeoutExpired):
            raise ConvertingFault("convert-long", "hangs") from None
        finally:
            process.kill()
    if code == -25 or any(part.stat().st_size >= MAX_VIDEO_BYTES for part in folder.iterdir()):
        raise ConvertingFault("convert-large")
    if code:
        raise ConvertingFault("convert-long" if code == -24 else "convert-unreadable", str(code))


def _read(process: "subprocess.Popen[bytes]", lines: "SimpleQueue[str | None]") -> None:
    if process.stdout is not None:
        for line in process.stdout:
            lines.put(line[:200].decode("ascii", "replace"))
    lines.put(None)


def _started(
    ffmpeg: Path, arguments: Sequence[str], folder: Path, seconds: int, *, quiet: bool = False
) -> "subprocess.Popen[bytes]":
    limits = (seconds, MEMORY_BYTES, MAX_VIDEO_BYTES)
    says = ["-loglevel", "error" if quiet else "info"]
    return subprocess.Popen(  # noqa: S603  our own command line; the film is only named in it
        [sys.executable, "-I", str(_LIMITED), *map(str, limits), str(ffmpeg)]
        + ["-nostdin", "-hide_banner", "-nostats", *says, *arguments],
        cwd=folder,
        env={"LC_ALL": "C", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if quiet else subprocess.PIPE,
    )
