"""Pictures and sounds of pages and questions, recognised by their first bytes (SPEC.md §2.4).

The ending says under which type a file is served, so both must agree.
"""

import re
from pathlib import PurePosixPath

# Ending: (type, first bytes). What Chromium 86 shows and plays.
PICTURES = {
    ".jpg": ("image/jpeg", rb"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", rb"\xff\xd8\xff"),
    ".png": ("image/png", rb"\x89PNG\r\n\x1a\n"),
    ".gif": ("image/gif", rb"GIF8[79]a"),
    ".webp": ("image/webp", rb"RIFF....WEBP"),
    # Scripts never run in an <img>; a document of its own has no rights (node.web.study.media).
    ".svg": ("image/svg+xml", rb"\s*(<\?xml[^>]*>\s*)?(<!--[^>]*-->\s*)*<svg[\s>]"),
}
SOUNDS = {
    ".mp3": ("audio/mpeg", rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]"),
    ".ogg": ("audio/ogg", rb"OggS"),
    ".m4a": ("audio/mp4", rb"....ftyp"),
    ".wav": ("audio/wav", rb"RIFF....WAVE"),
}
_FOREIGN_SOUNDS = (
    ("AMR", rb"#!AMR"),
    ("FLAC", rb"fLaC"),
    ("MIDI", rb"MThd"),
    ("AIFF", rb"FORM....AIF[FC]"),
    ("APE", rb"MAC "),
    ("AAC", rb"\xff[\xf0\xf1\xf8\xf9]"),
)
TYPES = {ending: kind for ending, (kind, _) in (PICTURES | SOUNDS).items()}
HEAD_BYTES = 1024


def ending_of(path: str) -> str:
    """Return the ending of a file's name, in small letters."""
    return PurePosixPath(path).suffix.lower()


def is_picture(path: str, head: bytes) -> bool:
    """Tell whether a file with these first bytes is a picture that browsers show.

    Browsers show one pixel format under the name of another, but not so an SVG.
    """
    kind = kind_of(head)
    return (
        kind in PICTURES
        and ending_of(path) in PICTURES
        and (kind == ".svg") == (ending_of(path) == ".svg")
    )


def is_sound(path: str, head: bytes) -> bool:
    """Tell whether a file with these first bytes is a sound of the kind its name says."""
    return ending_of(path) in SOUNDS and kind_of(head) == ending_of(path)


def foreign_sound(head: bytes) -> str:
    """Return the name of a recording's format that browsers do not play, "" for anything else."""
    for name, start in _FOREIGN_SOUNDS:
        if re.match(start, head, re.DOTALL):
            return name
    return ""


def kind_of(head: bytes) -> str:
    """Return the ending that a file with these first bytes should have, "" for anything else."""
    for ending, (_type, start) in (PICTURES | SOUNDS).items():
        if re.match(start, head[:HEAD_BYTES], re.DOTALL):
            return ending
    return ""
