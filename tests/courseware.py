"""Courseware: a pack like those of a term, generated, and its second version.

Three lectures as mp4 with noise as samples (compressed film looks like noise) and valid tables, a
SCORM zip, PDFs, 600 questions, a library of texts. The second version: a trimmed lecture, another
title in an mp4's metadata, 12 questions, one PDF replaced, one text in a hundred edited, a rename.
``scale`` 1 is about 70 MB. The same seed gives the same bytes.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from content.model.course import Course, FileRef, Item, Question
from content.packs.pack import Pack, open_manifest, seal_manifest
from content.transfer.delta.chunking import add_recipe
from hub.context.open_hub import Hub

QUESTIONS, CHANGED_QUESTIONS = 600, 12
SAMPLES_PER_CHUNK = 8  # of an mp4: so many samples of one track before those of the other
TEXTS, LEAST_TEXTS = 200, 20
EDITS = 20  # in a text that changed


@dataclass
class Courseware:
    """The files of one version by path, and its questions."""

    version: int
    files: dict[str, bytes] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)


def courseware(scale: float = 1.0, seed: int = 1) -> tuple[Courseware, Courseware]:
    """Both versions."""
    dice = random.Random(seed)
    first, second = Courseware(1), Courseware(2)
    lectures = [_Lecture(dice, int(9_000_000 * scale)) for _ in range(3)]
    for number, lecture in enumerate(lectures):
        first.files[f"lectures/{number}.mp4"] = lecture.mp4("第一版")
    second.files["lectures/0.mp4"] = lectures[0].mp4("第一版", trimmed=0.08)
    second.files["lectures/1.mp4"] = lectures[1].mp4("第一版（修订），主讲人更正")
    second.files["lectures/2.mp4"] = first.files["lectures/2.mp4"]
    first.files["scorm/golf.zip"] = second.files["scorm/golf.zip"] = _zip(
        dice, int(5_000_000 * scale)
    )
    for name, size in (("rules", 2_000_000), ("forms", 3_000_000), ("law", 3_800_000)):
        first.files[f"pdf/{name}.pdf"] = _pdf(dice, int(size * scale))
    second.files["pdf/rules.pdf"] = first.files["pdf/rules.pdf"]
    second.files["pdf/forms-2026.pdf"] = first.files["pdf/forms.pdf"]  # the rename
    second.files["pdf/law.pdf"] = _pdf(dice, int(3_800_000 * scale))  # the replaced one
    writer = _Writer(dice)
    texts = max(LEAST_TEXTS, int(TEXTS * scale))
    for number in range(texts):
        path = f"library/{number % 18:02}/{number:03}.txt"
        text = writer.text(int(10_000_000 * scale / texts))
        first.files[path] = text.encode()
        changed = number % 100 == 0
        second.files[path] = (writer.edited(text) if changed else text).encode()
    first.questions = [_question(writer, number) for number in range(QUESTIONS)]
    second.questions = [
        _question(writer, number) if number % (QUESTIONS // CHANGED_QUESTIONS) == 7 else old
        for number, old in enumerate(first.questions)
    ]
    return first, second


def packed(hub: Hub, source: Courseware, course_id: str = "term") -> Pack:
    """Put one version into the hub's blobs as a signed pack, as publishing a folder does."""
    refs, recipes = dict[str, FileRef](), dict[str, str]()
    for path, raw_file in source.files.items():
        refs[path] = FileRef(path, len(raw_file), hub.blobs.add_bytes(raw_file))
        recipes[path] = add_recipe(hub.blobs, refs[path].sha256, len(raw_file))
    course = Course(course_id, source.version, "一期课程", items=tuple(_items(source, refs)))
    return seal(hub, course, recipes)


def seal(hub: Hub, course: Course, recipes: Mapping[str, str] = {}) -> Pack:
    """A signed pack of files that are in the hub's blobs."""
    raw = seal_manifest(course, hub.key, recipes)
    size = len(raw) + sum(ref.size for ref in course.files())
    return Pack(open_manifest(raw, hub.key.public), hub.blobs.add_bytes(raw), size, {})


def _items(source: Courseware, refs: dict[str, FileRef]) -> list[Item]:
    films = [path for path in refs if path.startswith("lectures/")]
    others = [path for path in refs if path not in films]
    half = len(source.questions) // 2
    return [
        *(Item(f"film{n}", "video", "看课", seconds=60, file=refs[p]) for n, p in enumerate(films)),
        Item(
            "shelf", "page", "资料", seconds=60,
            file=refs[others[0]], pictures=tuple(refs[path] for path in others[1:]),
        ),
        Item("bank0", "practice", "练习", questions=tuple(source.questions[:half])),
        Item("bank1", "practice", "练习", questions=tuple(source.questions[half:])),
    ]  # fmt: skip


class _Lecture:
    """Film and sound as an encoder writes them: interleaved samples and their tables."""

    def __init__(self, dice: random.Random, size: int) -> None:
        sizes: list[tuple[int, int]] = []  # of film, of sound
        while sum(film + sound for film, sound in sizes) < size:
            sizes.append((int(dice.lognormvariate(7.6, 0.8)) + 40, dice.randrange(180, 260)))
        self._samples = [(dice.randbytes(film), dice.randbytes(sound)) for film, sound in sizes]

    def mp4(self, title: str, trimmed: float = 0.0) -> bytes:
        """The file with its index first; ``trimmed`` of it cut off at the beginning."""
        samples = self._samples[int(len(self._samples) * trimmed) :]
        runs = [
            [[sample[track] for sample in samples[at : at + SAMPLES_PER_CHUNK]] for track in (0, 1)]
            for at in range(0, len(samples), SAMPLES_PER_CHUNK)
        ]
        ftyp = _box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
        index = _index(samples, runs, title, 0)
        index = _index(samples, runs, title, len(ftyp) + len(index) + 8)
        body = b"".join(piece for run in runs for track in run for piece in track)
        return ftyp + index + _box(b"mdat", body)


def _index(
    samples: list[tuple[bytes, bytes]], runs: list[list[list[bytes]]], title: str, first: int
) -> bytes:
    offsets: tuple[list[int], list[int]] = ([], [])
    at = first
    for run in runs:
        for track, pieces in enumerate(run):
            offsets[track].append(at)
            at += sum(map(len, pieces))
    tracks = b""
    for track, (entry, handler) in enumerate(((b"avc1", b"vide"), (b"mp4a", b"soun"))):
        stbl = _box(b"stsd", bytes(4) + struct.pack(">I", 1) + _box(entry, bytes(28)))
        stbl += _box(b"stts", struct.pack(">4I", 0, 1, len(samples), 512))
        sizes = [len(sample[track]) for sample in samples]
        stbl += _box(b"stsz", struct.pack(f">3I{len(sizes)}I", 0, 0, len(sizes), *sizes))
        stbl += _box(b"stsc", struct.pack(">5I", 0, 1, 1, SAMPLES_PER_CHUNK, 1))
        places = offsets[track]
        stbl += _box(b"stco", struct.pack(f">2I{len(places)}I", 0, len(places), *places))
        media = _box(b"hdlr", bytes(8) + handler + bytes(13)) + _box(b"minf", _box(b"stbl", stbl))
        tracks += _box(b"trak", _box(b"mdia", media))
    head = struct.pack(">5I", 0, 0, 0, 12_800, 512 * len(samples)) + bytes(80)
    about = _box(b"udta", _box(b"name", title.encode()))
    return _box(b"moov", _box(b"mvhd", head) + tracks + about)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _zip(dice: random.Random, size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            entry = zipfile.ZipInfo(f"shared/picture{number}.jpg", (2026, 1, 1, 0, 0, 0))
            archive.writestr(entry, dice.randbytes(size // 40))
    return out.getvalue()


def _pdf(dice: random.Random, size: int) -> bytes:
    out = io.BytesIO(b"%PDF-1.5\n")
    out.seek(0, io.SEEK_END)
    number = 0
    while out.tell() < size:
        number += 1
        body = dice.randbytes(dice.randrange(2_000, 60_000))
        out.write(b"%d 0 obj\n<</Length %d/Filter/FlateDecode>>\nstream\n" % (number, len(body)))
        out.write(body + b"\nendstream\nendobj\n")
    out.write(b"trailer\n<</Size %d>>\nstartxref\n0\n%%%%EOF\n" % number)
    return out.getvalue()


class _Writer:
    """Writes text like Chinese: few words are frequent, many are rare."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        letters = [chr(0x4E00 + n) for n in range(3_000)]
        weights = [1 / (n + 1) for n in range(3_000)]
        self._words = [
            "".join(dice.choices(letters, weights, k=dice.choice((1, 2, 2, 2, 3, 4))))
            for _ in range(20_000)
        ]
        total, self._ladder = 0.0, []
        for n in range(20_000):
            total += 1 / (n + 3)
            self._ladder.append(total)

    def words(self, count: int) -> str:
        """So many words."""
        return "".join(self._dice.choices(self._words, cum_weights=self._ladder, k=count))

    def text(self, length: int) -> str:
        """About so many characters in paragraphs."""
        paragraphs, left = [], length
        while left > 0:
            paragraphs.append(self.words(120) + "。\n")
            left -= len(paragraphs[-1])
        return "".join(paragraphs)

    def edited(self, text: str) -> str:
        """The text with some sentences rewritten."""
        for _ in range(EDITS):
            at = self._dice.randrange(max(1, len(text) - 60))
            text = text[:at] + self.words(12) + text[at + 25 :]
        return text


def _question(writer: _Writer, number: int) -> Question:
    options = tuple(f"{letter}{writer.words(6)}" for letter in "甲乙丙丁")
    answer, explain = "ABCD"[number % 4], writer.words(30)
    return Question(f"q{number}", "single", writer.words(25), options, answer, explain)
