"""The load of many sessions, from a process of its own: ``python -m tests.bench.load``.

Each session saves an exam answer or sends a heartbeat every 30 s, on a new connection each time,
as browsers do with a node that closes after each answer. Writes one JSON: times from sending to
the whole answer, what was acknowledged, and what went wrong.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.bench.station import EXAM, FILM, Seat, read_seats

EVERY_S = 30.0
PATIENCE_S = 30.0


@dataclass
class Measured:
    """What the load brought. ``saved``: learner, question, response, counter of each answer."""

    answer_ms: list[float] = field(default_factory=list)
    beat_ms: list[float] = field(default_factory=list)
    saved: list[tuple[str, str, str, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


async def session(place: int, seat: Seat, port: int, rounds: int, of: int, out: Measured) -> None:
    """One learner: odd places answer an exam, even ones watch a video."""
    began = time.monotonic() + EVERY_S * place / of
    for turn in range(rounds):
        await asyncio.sleep(max(0.0, began + EVERY_S * turn - time.monotonic()))
        if place % 2:
            counter = int((time.monotonic() - began) * 1000) + turn + 1
            question = seat.questions[turn % len(seat.questions)]
            body: dict[str, object] = {
                "exam": EXAM, "attempt": seat.attempt, "question": question, "counter": counter,
                "response": "ABCD"[(place + turn) % 4], "learner": seat.learner,
            }  # fmt: skip
            answer = await ask(port, "/api/exam/answer", seat, body, out.answer_ms, out)
            if answer and answer.get("saved"):
                saved = (str(answer["response"]), int(str(answer["counter"])))
                out.saved.append((seat.learner, question, *saved))
        else:
            begin = min(110, turn * 10)
            beat: dict[str, object] = {
                "learner": seat.learner, "item": FILM, "tab": "t", "spans": [[begin, begin + 10]],
                "takes_over": turn == 0, "stops": False,
            }  # fmt: skip
            await ask(port, "/api/study", seat, beat, out.beat_ms, out)


async def ask(
    port: int, path: str, seat: Seat, body: dict[str, object], took_ms: list[float], out: Measured
) -> dict[str, object] | None:
    """Post and read to the end; the time includes connecting."""
    raw = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {seat.cookie}\r\n"
        f"X-CSRFToken: {seat.csrf}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(raw)}\r\n\r\n"
    )
    began = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + raw)
            came = await reader.read()
            writer.close()
    except (OSError, TimeoutError) as fault:
        out.faults.append(f"{path}: {type(fault).__name__}")
        return None
    took_ms.append((time.monotonic() - began) * 1000)
    status, _, content = came.partition(b"\r\n\r\n")
    if not status.startswith(b"HTTP/1.1 200"):
        out.faults.append(f"{path}: {status[:40]!r} {content[:100]!r}")
        return None
    answer: dict[str, object] = json.loads(content)
    return answer


async def load(seats: list[Seat], port: int, rounds: int) -> Measured:
    """All sessions at once, spread evenly over the 30 s."""
    out = Measured()
    began = time.monotonic()
    await asyncio.gather(
        *(session(n, seat, port, rounds, len(seats), out) for n, seat in enumerate(seats))
    )
    out.seconds = time.monotonic() - began
    return out


if __name__ == "__main__":
    seats_file, port_text, rounds_text, out_file = sys.argv[1:]
    measured = asyncio.run(load(read_seats(Path(seats_file)), int(port_text), int(rounds_text)))
    Path(out_file).write_text(json.dumps(asdict(measured)), "utf-8")
