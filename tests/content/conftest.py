"""A small whole course folder, made by hand: each test breaks one thing in it."""

import struct
from pathlib import Path

import pytest

from content.transfer.blobs import BlobStore
from sync.signing import SigningKey

KEY = SigningKey.from_bytes(bytes(range(32)))
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
VTT = "WEBVTT\n\n00:00.000 --> 00:05.000\n各位同事，大家好。\n\n00:05.000 --> 00:09.500\n再见。\n"
PAGE = "# 进货查验\n\n查验供货者的**许可证**和合格证明。\n\n![图](pictures/scale.png)\n"

COURSE = """\
id = "food"
version = 3
title = "食品经营现场检查要点"
summary = "到店先看什么"
lecturer = "培训中心"
source = "自编"
category = "食品安全"
required = true
hours = "1.5"
credits = "1"

[[item]]
id = "video"
kind = "video"
title = "看课"
file = "video.mp4"
subtitles = "video.vtt"
poster = "pictures/scale.png"

[[item]]
id = "handout"
kind = "pdf"
title = "讲义"
required = false
file = "handout.pdf"
seconds = 90

[[item]]
id = "reading"
kind = "page"
title = "延伸阅读"
file = "reading.md"

[[item]]
id = "practice"
kind = "practice"
title = "练习"
questions = "practice.toml"

[[item]]
id = "exam"
kind = "exam"
title = "结业考试"
questions = "exam.toml"
draw = 2
minutes = 15
pass_percent = 60
attempts = 2
"""

PRACTICE = """\
[[question]]
id = "p1"
type = "single"
text = "检查前应先出示什么？"
options = ["介绍信", "执法证件", "工作日志"]
answer = "B"
explain = "执法人员不得少于两人，并主动出示执法证件。"
see = "video@00:07"

[[question]]
id = "p2"
type = "multiple"
text = "进货查验要看什么？"
options = ["许可证", "合格证明", "老板的身份证"]
answer = ["A", "B"]

[[question]]
id = "p3"
type = "truefalse"
text = "超过保质期的食品可以打折卖。"
answer = false

[[question]]
id = "p4"
type = "fill"
text = "进货记录至少保存到保质期满后____个月。"
answer = ["6", "六"]
"""

EXAM = """\
[[question]]
id = "e1"
type = "single"
text = "第一题"
options = ["甲", "乙"]
answer = "A"
explain = "因为甲。"
see = "video@00:01"

[[question]]
id = "e2"
type = "multiple"
text = "第二题"
options = ["甲", "乙", "丙"]
answer = "CA"

[[question]]
id = "e3"
type = "fill"
text = "第三题____。"
answer = "两人|2人"
"""


def box(kind: bytes, body: bytes) -> bytes:
    """One mp4 box."""
    return struct.pack(">I4s", 8 + len(body), kind) + body


def mp4(seconds: float = 10.0, codec: bytes = b"avc1", version: int = 0) -> bytes:
    """The index of a film without its pictures; only the index is read."""
    if version == 1:
        head = b"\1\0\0\0" + struct.pack(">QQIQ", 0, 0, 1000, int(seconds * 1000))
    else:
        head = struct.pack(">IIIII", 0, 0, 0, 1000, int(seconds * 1000))
    stsd = box(b"stsd", struct.pack(">II", 0, 1) + box(codec, bytes(8)))
    trak = box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", stsd))))
    movie = box(b"moov", box(b"mvhd", head + bytes(80)) + trak)
    return box(b"ftyp", b"isom\0\0\2\0") + movie + box(b"mdat", bytes(64))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course folder without a fault."""
    root = tmp_path / "food"
    (root / "pictures").mkdir(parents=True)
    (root / "course.toml").write_text(COURSE, "utf-8")
    (root / "practice.toml").write_text(PRACTICE, "utf-8")
    (root / "exam.toml").write_text(EXAM, "utf-8")
    (root / "reading.md").write_text(PAGE, "utf-8")
    (root / "video.vtt").write_text(VTT, "utf-8")
    (root / "video.mp4").write_bytes(mp4())
    (root / "handout.pdf").write_bytes(PDF)
    (root / "pictures" / "scale.png").write_bytes(PNG)
    return root


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    """An empty store."""
    return BlobStore(tmp_path / "blobs")


def element(name: int, body: bytes) -> bytes:
    """One EBML element, its length in eight bytes."""
    width = (name.bit_length() + 7) // 8
    return name.to_bytes(width, "big") + (1 << 56 | len(body)).to_bytes(8, "big") + body


def webm(
    seconds: float,
    codecs: tuple[bytes, ...] = (b"V_VP9", b"A_OPUS"),
    doctype: bytes = b"webm",
    unknown: bool = False,
) -> bytes:
    """The headers of a webm without its pictures."""
    duration = element(0x4489, struct.pack(">d", seconds * 1000)) if seconds else b""
    info = element(0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3, "big")) + duration)
    tracks = element(0x1654AE6B, b"".join(element(0xAE, element(0x86, c)) for c in codecs))
    inside = info + tracks + element(0x1F43B675, bytes(64))
    segment = element(0x18538067, inside)
    if unknown:
        segment = b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + inside
    return element(0x1A45DFA3, element(0x4282, doctype)) + segment
