"""mp4: the tracks of picture and sound in a file, and how long it plays (QuickTime too).

Reads boxes (ISO/IEC 14496-12), nothing of the pictures: ``content.media.mp4_track`` an index,
``content.media.mp4_fragments`` those of pieces. What plays is ``content.media.film``.
"""

import struct
from pathlib import Path
from typing import BinaryIO

from content.media.movie import Movie
from content.media.mp4_boxes import read_header
from content.media.mp4_fragments import MAX_MOOF_BYTES, Fragments
from content.media.mp4_track import tracks_in
from content.model.errors import NotPlayable

# The index of a four-hour lecture is about 8 MB.
MAX_MOOV_BYTES = 32_000_000
# A plain file has fewer than ten boxes at the top; one in pieces of a tenth of a second, for four
# hours, has 288,000.
MAX_TOP_BOXES = 400_000


def probe(path: Path) -> Movie:
    """Return tracks and length of an mp4. Raises ``NotPlayable`` for any bad content."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            moov, moofs = _indexes(file, size)
            tracks = tracks_in(moov)
            lasting = {track.number: track.lasting for track in tracks}
            if moofs:
                lasting = _in_pieces(file, moov, moofs, lasting)
        if any(track.last_at >= size for track in tracks):
            raise NotPlayable("samples lie behind the end: the file is cut", "video-cut")
        told = tuple(track.track(lasting[track.number]) for track in tracks)
    except struct.error as error:
        raise NotPlayable(f"cut inside a box: {error}") from error
    return Movie(max((track.seconds for track in told), default=0.0), told)


def _indexes(file: BinaryIO, size: int) -> tuple[bytes, list[tuple[int, int]]]:
    """Return the index, and place and length of the index of each piece."""
    at, moov, moofs, media = 0, b"", list[tuple[int, int]](), False
    for _ in range(MAX_TOP_BOXES):
        if at >= size or (moov and media and _is_rest(file, at)):
            break
        file.seek(at)
        length, kind, header = read_header(file.read(16), size - at)
        if kind == b"moov" and not moov:
            if length > MAX_MOOV_BYTES:
                raise NotPlayable(f"index of {length} bytes")
            file.seek(at + header)
            moov = file.read(length - header)
        elif kind == b"moof":
            moofs.append((at + header, length - header))
        media = media or kind == b"mdat"
        at += length
    else:
        raise NotPlayable(f"more than {MAX_TOP_BOXES} boxes")
    if not moov:
        raise NotPlayable("no moov box: the file is cut or empty", "video-cut")
    return moov, moofs


def _is_rest(file: BinaryIO, at: int) -> bool:
    """Whether what follows a whole film is no box: some programs leave bytes behind it."""
    file.seek(at)
    head = file.read(8)
    return len(head) < 8 or not all(0x20 <= byte < 0x7F for byte in head[4:])


def _in_pieces(
    file: BinaryIO, moov: bytes, moofs: list[tuple[int, int]], lasting: dict[int, int]
) -> dict[int, int]:
    """The units of each track, with those of its pieces."""
    if sum(length for _, length in moofs) > MAX_MOOF_BYTES:
        raise NotPlayable(f"indexes of more than {MAX_MOOF_BYTES} bytes")
    pieces = Fragments(moov, lasting)
    for at, length in moofs:
        file.seek(at)
        pieces.add(file.read(length))
    return {number: pieces.lasting(number) for number in lasting}
