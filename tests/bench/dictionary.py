"""Dictionary: how ``sync/dictionary.bin`` was trained, so that training can be repeated.

``python -m tests.bench.dictionary OUT``. The material is generated here: small batches (1 to 60
records) of invented stations and the orders that answer them, in the shapes of SPEC.md §4 and §5.
The file itself is part of protocol version 1 and is never replaced within it.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from backports import zstd

from sync import layout
from sync.names import Names
from sync.records import Kind, Record
from sync.wire import Writer

# More brings nothing: small batches repeat shapes, not texts.
DICTIONARY_BYTES = 12_288


def station(rng: random.Random) -> Iterator[Record]:
    """Records of one invented station; only their shapes are realistic."""
    code = f"{rng.randrange(110000, 660000)}{rng.randrange(1000):03d}"
    learners = [f"{code}{n:02d}" for n in range(1, rng.randrange(4, 20))]
    courses = [
        rng.choice(("food", "price", "trade", "law", "safety", "c")) + f"-{rng.randrange(100):02d}"
        for _ in range(rng.randrange(1, 5))
    ]
    at, seq = 1_750_000_000 + rng.randrange(60_000_000), 0
    places: dict[tuple[str, str], int] = {}
    while True:
        learner, course = rng.choice(learners), rng.choice(courses)
        for _ in range(rng.randrange(1, 12)):
            seq += 1
            kind = rng.choices(tuple(Kind), (3, 8, 1, 8, 1, 1))[0]
            at += rng.randrange(5, 200)
            question = f"{course}/q{rng.randrange(1, 31):02d}"
            response = "".join(sorted(rng.sample("ABCD", rng.choice((1, 1, 1, 2, 3)))))
            exam, attempt = f"{course}/exam", rng.choice((1, 1, 1, 2))
            if kind is Kind.STUDY:
                thing = f"{course}/{rng.choice(('video', 'page', 'pdf'))}"
                start = places.get((learner, thing), 0)
                end = places[learner, thing] = start + rng.randrange(10, 1800)
                yield Record(seq, at, kind, learner, thing, numbers=(start, end))
            elif kind is Kind.PRACTICE:
                numbers = (int(rng.random() < 0.78), rng.randrange(4, 90))
                yield Record(seq, at, kind, learner, question, response, "", numbers)
            elif kind is Kind.EXAM_START:
                yield Record(seq, at, kind, learner, exam, numbers=(attempt, 1))
            elif kind is Kind.EXAM_ANSWER:
                yield Record(seq, at, kind, learner, question, response, exam, (attempt,))
            elif kind is Kind.EXAM_SUBMIT:
                handed_in = (attempt, at - rng.randrange(300, 1200), -1, 0)
                yield Record(seq, at, kind, learner, exam, numbers=handed_in)
            else:
                value = rng.randrange(1, 6)
                yield Record(seq, at, kind, learner, question, "", "", (value,))


def samples(rng: random.Random, stations: int = 400) -> Iterator[bytes]:
    """The training material: what is compressed, joined columns of batches, and orders."""
    for _ in range(stations):
        names, records = Names(), station(rng)
        for _ in range(12):
            batch = [next(records) for _ in range(rng.choice((1, 3, 8, 20, 20, 40, 60)))]
            yield layout.columns(batch, names).joined()
        yield _orders(rng)


def _orders(rng: random.Random) -> bytes:
    out = Writer()
    for mark in range(rng.randrange(1, 6)):
        learner = f"{rng.randrange(110000, 660000)}{rng.randrange(100000):05d}"
        bodies = {
            "result": {
                "learner": learner,
                "exam": "food-01/exam",
                "attempt": 1,
                "node": rng.randrange(9000),
                "right": rng.randrange(20),
                "total": 20,
                "score": rng.randrange(101),
                "passed": rng.random() < 0.8,
                "submitted_at": 1_750_000_000 + rng.randrange(60_000_000),
                "receipt_seq": rng.randrange(6000),
            },
            "roster": {"number": learner, "name": "王小明", "post": "科员", "unit": "市场监管所"},
            "course": {
                "version": 1,
                "manifest": rng.randbytes(32).hex(),
                "size": 1000,
                "title": "课程",
            },
        }
        kind = rng.choice(tuple(bodies))
        out.varint(mark + rng.randrange(1000))
        out.text(kind)
        out.text(f"{learner}|food-01/exam|1|7" if kind == "result" else learner)
        out.counted(json.dumps(bodies[kind], ensure_ascii=False, separators=(",", ":")).encode())
    return out.done()


def main() -> None:
    """Train and write the dictionary."""
    material = list(samples(random.Random(20_261_121)))
    trained = zstd.train_dict(material, DICTIONARY_BYTES)
    Path(sys.argv[1]).write_bytes(trained.dict_content)
    print(f"{len(material)} samples, {len(trained.dict_content)} bytes")


if __name__ == "__main__":
    main()
