"""Subtitles: whether a text is WebVTT that a browser shows (W3C WebVTT §4); SRT made into it.

Only what an author gets wrong is checked: the first line, the times, and that they belong
to this video.
"""

import re
from html import escape, unescape

from content.model.faults.faults import Faults

# Players round times; the last cue may end a little after the picture.
SLACK_S = 5
_STAMP = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"\s*{_STAMP}[ \t]+-->[ \t]+{_STAMP}(?:[ \t].*)?\s*")

# SRT has no specification; these are the forms that players accept.
_SRT_STAMP = r"(\d{1,3}):([0-5]?\d):([0-5]?\d)(?:[,.:](\d{1,3}))?"
_SRT_TIMING = re.compile(rf"\s*{_SRT_STAMP}\s*-+>\s*{_SRT_STAMP}(?:\s.*)?")
# <i>, <b> and <u> mean the same in both; fonts and places ({\an8}) are left out.
_SRT_MARKUP = re.compile(r"</?(?!/?[biu]>)[A-Za-z][^<>\n]{0,200}>|\{\\[^{}\n]{0,80}\}")


def is_srt(text: str) -> bool:
    """Tell whether a text begins as SRT does: a number, then a line of times."""
    lines = [line for line in text[:2000].split("\n") if line.strip()][:2]
    return any(_SRT_TIMING.fullmatch(line) for line in lines) and "-->" in text[:500]


def to_webvtt(text: str, file: str, faults: Faults) -> str:
    """Return the WebVTT of a text in SRT; WebVTT comes back unchanged.

    A cue whose times cannot be read is a fault at its line.
    """
    if text.startswith("WEBVTT"):
        return text
    cues: list[str] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        at += 1
        if "-->" not in lines[at - 1]:
            continue
        timing = _SRT_TIMING.fullmatch(lines[at - 1])
        if not timing:
            faults.add("subtitles-timing", file, at, cue=lines[at - 1].strip()[:80])
            continue
        cue_lines: list[str] = []
        while at < len(lines) and lines[at].strip():
            cue_lines.append(_plain(lines[at].strip()))
            at += 1
        if any(cue_lines):
            cues.append(f"{_stamp(timing.groups()[:4])} --> {_stamp(timing.groups()[4:])}")
            cues[-1] += "\n" + "\n".join(line for line in cue_lines if line)
    if not cues:
        faults.add("subtitles-no-cue", file, path=file)
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"


def _plain(line: str) -> str:
    text = _SRT_MARKUP.sub("", line)
    parts = re.split(r"(</?[biu]>)", text)
    return "".join(
        part if re.fullmatch(r"</?[biu]>", part) else escape(unescape(part), quote=False)
        for part in parts
    ).strip()


def _stamp(parts: tuple[str | None, ...]) -> str:
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    return f"{hours:02}:{minutes:02}:{seconds:02}.{(parts[3] or '0').ljust(3, '0')}"


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
        timing = _TIMING.fullmatch(line)
        begin, end = (
            (_seconds(timing.groups()[:4]), _seconds(timing.groups()[4:])) if timing else (0, 0)
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
