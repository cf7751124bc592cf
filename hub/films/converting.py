"""Converting: makes versions of a film that play everywhere, and a picture for its cover.

H.264 in the profile Main with AAC, the index first, one loudness: 720p for who has the course on
the office's network, 480p for a line. Both are as long as each other, so progress counts the same.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from content.media import containers, film
from content.model import limits, picture_sound
from content.model.errors import NotPlayable
from hub.films import ffmpeg
from hub.films.ffmpeg import DEMUXERS, ConvertingFault, FilmInput

# What must stay free beside the versions themselves.
RESERVE_BYTES = 500_000_000
# Less saving than this is not worth a second file.
WORTH = 0.8
# A part may be lost, of which its author should know.
WHOLE = 0.98
# EBU R 128 for speech on small loudspeakers; below the peaks that phones distort.
_LOUDNESS = "loudnorm=I=-16:TP=-1.5:LRA=11,aresample=48000"


@dataclass(frozen=True, slots=True)
class _Size:
    """A version: its longer and shorter side, rates of picture and sound in kbit/s."""

    name: str
    long: int
    short: int
    quality: int
    picture: int
    channels: int
    sound: int


# 1,500 kbit/s are 700 MB an hour at the most and half of it for slides; 320 are 150 MB, which a
# line of 64 kbit/s carries in a night.
_LARGE = _Size("large.mp4", 1280, 720, 23, 1_500, 2, 96)
_SMALL = _Size("small.mp4", 854, 480, 26, 270, 1, 48)


@dataclass(frozen=True, slots=True)
class Versions:
    """What was made: files in the folder that was given. ``small`` only where it saves much.

    ``claimed``: how long the film said to be, when a part of it was lost; else 0.
    """

    large: Path
    small: Path | None
    poster: Path | None
    claimed: int = 0


def source_of(path: Path) -> FilmInput | None:
    """Return how ffmpeg may read a film; None when it may not."""
    with path.open("rb") as file:
        kind = containers.container_of(file.read(containers.HEAD_BYTES))
    demuxer = DEMUXERS.get(kind)
    return FilmInput(path.resolve(), demuxer) if demuxer else None


def convert(program: Path, path: Path, folder: Path, tell: Callable[[int], None]) -> Versions:
    """Make the versions of the film at ``path`` in ``folder``; ``tell`` hears percents.

    Raises:
        ConvertingFault: with the reason.
    """
    source = source_of(path)
    if source is None:
        raise ConvertingFault("convert-unreadable", "no film that may be read")
    if shutil.disk_usage(folder).free < path.stat().st_size + RESERVE_BYTES:
        raise ConvertingFault("convert-no-room")
    seconds = ffmpeg.seconds_of(program, source, folder)

    def heard(at: float) -> None:
        tell(min(99, int(100 * at / seconds)) if seconds else 0)

    made = [part for size in (_LARGE, _SMALL) for part in _version(size)]
    ffmpeg.run(program, [*source.arguments(), *made], folder, seconds, heard)
    large, small = folder / _LARGE.name, folder / _SMALL.name
    length = _checked(large)
    _checked(small)
    saves = small.stat().st_size < WORTH * large.stat().st_size
    lost = length < WHOLE * seconds - 1
    poster = _poster(program, large, folder, length)
    return Versions(large, small if saves else None, poster, int(seconds) if lost else 0)


def _version(size: _Size) -> list[str]:
    """The part of a command line that makes one version."""
    wide = f"min(iw,if(gte(iw,ih),{size.long},{size.short}))"
    high = f"min(ih,if(gte(iw,ih),{size.short},{size.long}))"
    scale = (
        # Pixels that are not square become so first: phones show them as they are.
        "scale=trunc(iw*sar/2)*2:trunc(ih/2)*2,setsar=1,"
        f"scale='{wide}':'{high}':force_original_aspect_ratio=decrease:force_divisible_by=2"
    )
    return [
        *("-map", "0:V:0", "-map", "0:a:0?", "-sn", "-dn"),
        *("-map_metadata", "-1", "-map_chapters", "-1", "-t", str(limits.MAX_SECONDS)),
        *("-vf", scale, "-fpsmax", "30", "-pix_fmt", "yuv420p"),
        *("-c:v", "libx264", "-profile:v", "main", "-preset", "veryfast", "-threads", "2"),
        *("-crf", str(size.quality), "-maxrate", f"{size.picture}k"),
        *("-bufsize", f"{2 * size.picture}k", "-g", "150"),
        *("-af", _LOUDNESS, "-c:a", "aac", "-b:a", f"{size.sound}k", "-ac", str(size.channels)),
        *("-movflags", "+faststart", "-f", "mp4", f"file:{size.name}"),
    ]


def _checked(version: Path) -> float:
    """Return the length of what was made, by the same rules as for any film."""
    try:
        judged = film.probe(version)
    except (NotPlayable, FileNotFoundError) as error:
        raise ConvertingFault("convert-unreadable", str(error)) from error
    if judged.faults:
        raise ConvertingFault("convert-unreadable", judged.faults[0].code)
    return judged.seconds


def _poster(program: Path, large: Path, folder: Path, seconds: float) -> Path | None:
    """A picture from the first minute, where titles are over; None when there is none."""
    poster = folder / "poster.jpg"
    at = ["-ss", f"{min(20.0, seconds / 10):.1f}", *FilmInput(large.resolve(), "mov").arguments()]
    wanted = ["-frames:v", "1", "-q:v", "4", "-f", "image2", "-update", "1", "file:poster.jpg"]
    try:
        ffmpeg.run(program, [*at, *wanted], folder, 60, lambda _second: None)
        head = poster.read_bytes()[: picture_sound.HEAD_BYTES]
        fits = 0 < poster.stat().st_size <= limits.MAX_PICTURE_BYTES
        return poster if fits and picture_sound.is_picture(poster.name, head) else None
    except (ConvertingFault, FileNotFoundError):
        return None  # a film without a cover shows its first picture
