"""Movie: what a reader of films found in a file, before it is judged (``content.media.film``)."""

from dataclasses import dataclass, field
from typing import Literal

TrackKind = Literal["picture", "sound"]


@dataclass(frozen=True, slots=True)
class Track:
    """One track: the name of its codec as the file writes it, its length in seconds.

    ``object_type`` is what an "mp4a" or "mp4v" really is (ISO/IEC 14496-1), 0 where it does not
    say. ``profile`` and ``level`` are H.264's numbers; sizes are in pixels. 0: not told.
    """

    kind: TrackKind
    codec: str
    seconds: float
    object_type: int = 0
    profile: int = 0
    level: int = 0
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Movie:
    """A film's tracks of picture and sound, and how long it is.

    Chapters, captions, timecode and metadata are no tracks of a film.
    """

    seconds: float
    tracks: tuple[Track, ...] = field(default=())

    @property
    def codecs(self) -> tuple[str, ...]:
        """The codec of each track ("avc1", "V_VP9", …)."""
        return tuple(track.codec for track in self.tracks)
