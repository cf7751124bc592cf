"""Film: a video of either kind that Chromium 86 plays, told apart by its first bytes."""

from dataclasses import dataclass
from pathlib import Path

from content.media import mp4, webm

# H.264, and the sound that every Chromium build with it has. "mp4a" is AAC.
_MP4_CODECS = {"avc1", "avc3", "mp4a"}
# AV1 plays too, but an old PC does not keep up with it.
_WEBM_CODECS = {"V_VP8", "V_VP9", "A_OPUS", "A_VORBIS"}


@dataclass(frozen=True, slots=True)
class Film:
    """Length in seconds, ending of its name, and the codecs that old browsers do not play."""

    seconds: float
    ending: str
    foreign: tuple[str, ...]


def is_film(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` claims to be a film of ours."""
    return head[4:8] == b"ftyp" or head.startswith(webm.MAGIC)


def probe(path: Path) -> Film:
    """Look at a film. Raises ``NotPlayable``; no content raises anything else."""
    with path.open("rb") as file:
        head = file.read(4)
    if head == webm.MAGIC:
        movie, ending, known = webm.probe(path), ".webm", _WEBM_CODECS
    else:
        movie, ending, known = mp4.probe(path), ".mp4", _MP4_CODECS
    return Film(movie.seconds, ending, tuple(sorted(set(movie.codecs) - known)))
