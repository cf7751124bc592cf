"""A small whole course folder, made by hand: each test breaks one thing in it."""

from pathlib import Path

import pytest

from content.transfer.blobs import BlobStore
from sync.signing import SigningKey
from tests.content.films import mp4 as mp4  # whoever makes a course makes its film, too
from tests.content.films import webm as webm

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
