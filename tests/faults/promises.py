"""Promises: what a program in a child process said to its caller, and what became of it.

A child reports each acknowledgement before it goes on, through a pipe: what is in ``Promises`` was
said, whatever happens to the child afterwards.
"""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Word = Literal["kept", "refused", "fault", "lost", "doubled", "failed"]
# An act that is refused is tried once more, as a person does.
TRIES = 2


@dataclass(slots=True)
class Promises:
    """``kept``: acknowledged acts; ``refused``: act and code; ``faults``: what no caller may see.

    ``failed``: how many calls to the disk failed meanwhile.
    """

    kept: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    failed: int = 0

    def hear(self, word: Word, what: str, code: str) -> None:
        """Note one word of the child."""
        if word == "refused":
            self.refused.append((what, code))
        elif word == "failed":
            self.failed = int(what)
        else:
            {
                "kept": self.kept, "fault": self.faults, "lost": self.lost, "doubled": self.doubled,
            }[word].append(what)  # fmt: skip


class Voice:
    """How a child reports; it knows what was acknowledged before it was born."""

    def __init__(self, pipe: int, before: Promises) -> None:
        self._pipe = pipe
        self.kept = set(before.kept)

    def say(self, word: Word, what: str, code: str = "") -> None:
        """Report; the parent has it when this returns."""
        os.write(self._pipe, json.dumps([word, what, code]).encode() + b"\n")
        if word == "kept":
            self.kept.add(what)

    def act(self, name: str, do: Callable[[], str]) -> bool:
        """Do it unless it was acknowledged before; whether it is acknowledged now.

        ``do`` returns "" or the code with which it was refused.
        """
        if name in self.kept:
            return True
        for _ in range(TRIES):
            code = do()
            if not code:
                self.say("kept", name)
                return True
            self.say("refused", name, code)
        return False


def in_a_child(work: Callable[[Voice], None], before: Promises | None = None) -> Promises:
    """Run ``work`` in a fork of this process, which must have one thread; what it said."""
    heard = Promises()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        voice = Voice(writing, before or Promises())
        try:
            work(voice)
        except BaseException:  # noqa: BLE001  whatever it is: a person would have seen it
            voice.say("fault", traceback.format_exc())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as words:
        for line in words:
            heard.hear(*json.loads(line))
    _, status = os.waitpid(child, 0)
    if status:
        heard.faults.append(f"the process ended with {status}")
    return heard
