"""Subtitles: whether a text is WebVTT that a browser shows (W3C WebVTT §4).

Only what an author gets wrong is checked: the first line, the times, and that they belong
to this video.
"""

import re

from content.faults import Faults

# Players round; a last cue may stay a little longer than the picture.
SLACK_S = 5
_STAMP = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"\s*{_STAMP}[ \t]+-->[ \t]+{_STAMP}(?:[ \t].*)?\s*")


def check_subtitles(text: str, file: str, video_s: float, faults: Faults) -> None:
    """Note every fault of a WebVTT text that belongs to a video of ``video_s`` seconds."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.match(r"WEBVTT(?:[ \t]|$)", lines[0]):
        faults.add("subtitles-not-webvtt", file, 1, path=file)
        return
    cues, last = 0, 0.0
    for number, line in enumerate(lines[1:], 2):
        if "-->" not in line:
            continue
        found = _TIMING.fullmatch(line)
        begin, end = (
            (_seconds(found.groups()[:4]), _seconds(found.groups()[4:])) if found else (0, 0)
        )
        if not begin < end:
            faults.add("subtitles-timing", file, number, cue=line.strip()[:80])
            continue
        cues, last = cues + 1, max(last, end)
    if not cues:
        faults.add("subtitles-no-cue", file, path=file)
    if video_s and last > video_s + SLACK_S:
        faults.add("subtitles-beyond", file, end=int(last), seconds=int(video_s))


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
