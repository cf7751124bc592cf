"""Film: whether the browsers and phones of stations play a video, and how long it is.

Which kind of file it is say its first bytes (``content.media.containers``). Judged are the tracks
that a browser plays: one of pictures, one of sound. Faults lack the name of the file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from content.media import codecs, containers, mp4, webm
from content.media.codecs import Playing
from content.media.containers import container_of
from content.media.movie import Movie, Track
from content.model.errors import NotPlayable
from content.model.faults.faults import Fault
from content.model.limits import MAX_SECONDS

# H.264 as hardware of phones decodes it; above that only some do.
PHONE_PROFILES = {66: "Baseline", 77: "Main", 88: "Extended", 100: "High"}
_PROFILES = {110: "High 10", 122: "High 4:2:2", 244: "High 4:4:4", 44: "CAVLC 4:4:4", 118: "MVC"}
PHONE_LEVEL = 51
# What a station's old PC shows without stumbling.
LARGEST_PIXELS = 1920 * 1088


@dataclass(frozen=True, slots=True)
class Film:
    """Length in seconds, ending of its name, why it is refused, what its author should know."""

    seconds: float
    ending: str
    faults: tuple[Fault, ...] = field(default=())
    notes: tuple[Fault, ...] = field(default=())


def is_film(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` is a film, of ours or of another kind."""
    return bool(container_of(head))


def probe(path: Path) -> Film:
    """Look at a film. Raises ``NotPlayable``; no content raises anything else."""
    with path.open("rb") as file:
        kind = container_of(file.read(containers.HEAD_BYTES))
    if kind == containers.WEBM:
        return _judged(webm.probe(path), ".webm")
    if kind == containers.MP4:
        return _judged(mp4.probe(path), ".mp4")
    if kind:
        raise NotPlayable(f"is {kind}", "video-container", kind=kind)
    raise NotPlayable("is no film")


def _judged(movie: Movie, ending: str) -> Film:
    pictures = [track for track in movie.tracks if track.kind == "picture"]
    sounds = [track for track in movie.tracks if track.kind == "sound"]
    if not pictures:
        raise NotPlayable("has no picture", "video-no-picture" if sounds else "video-cut")
    picture, sound = _played(pictures), _played(sounds)
    # A webm tells one length for all tracks.
    played = [track.seconds for track in (picture, sound) if track]
    seconds = max(played) if any(played) else movie.seconds
    faults = [*_faults_of(picture), *_faults_of(sound)]
    if not seconds and not faults:
        raise NotPlayable("has no samples", "video-cut")
    if not faults and not 1 <= seconds <= MAX_SECONDS:
        faults.append(Fault("video-length", values={"seconds": int(min(seconds, 10**9))}))
    notes = () if faults else tuple(_notes(picture, sound, len(sounds)))
    return Film(seconds, ending, tuple(faults), notes)


def _played(tracks: Sequence[Track]) -> Track | None:
    """The track that a browser plays: the first that it can."""
    plays = (
        track for track in tracks if codecs.playing(track)[0] in (Playing.EVERYWHERE, Playing.SOME)
    )
    return next(plays, tracks[0] if tracks else None)


def _faults_of(track: Track | None) -> Iterator[Fault]:
    if track is None:
        return
    where, name = codecs.playing(track)
    if where is Playing.LOCKED:
        yield Fault("video-locked")
    elif where is Playing.SLOW:
        yield Fault("video-slow", values={"codec": name})
    elif where is Playing.NOWHERE:
        code = "video-codec" if track.kind == "picture" else "video-sound"
        yield Fault(code, values={"codec": name})


def _notes(picture: Track | None, sound: Track | None, sounds: int) -> Iterator[Fault]:
    if picture and picture.profile and picture.profile not in PHONE_PROFILES:
        profile = _PROFILES.get(picture.profile, str(picture.profile))
        yield Fault("note-film-profile", values={"profile": profile})
    if picture and picture.level > PHONE_LEVEL:
        level = f"{picture.level // 10}.{picture.level % 10}"
        yield Fault("note-film-level", values={"level": level})
    if picture and picture.width * picture.height > LARGEST_PIXELS:
        size = {"width": picture.width, "height": picture.height}
        yield Fault("note-film-large", values={**size})
    for code, track in (("note-film-picture", picture), ("note-film-sound", sound)):
        if track and codecs.playing(track)[0] is Playing.SOME:
            yield Fault(code, values={"codec": codecs.playing(track)[1]})
            break  # who cannot see it need not be told what cannot be heard
    if sound is None:
        yield Fault("note-film-silent")
    elif sounds > 1:
        yield Fault("note-film-sounds", values={"count": sounds})
