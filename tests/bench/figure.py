"""Figure: one measured number with its target, and the table and file that hold them all.

A bench module has ``figures() -> list[Figure]`` and ends in ``report(figures())`` when run.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent.parent
FILE = ROOT / "bench.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` in ``unit``; without a target it is only told. ``how`` is the command."""

    name: str
    value: float
    unit: str
    target: float | None
    better: Literal["low", "high"]
    how: str

    @property
    def holds(self) -> bool:
        """Whether the value is on the right side of the target."""
        if self.target is None:
            return True
        return self.value <= self.target if self.better == "low" else self.value >= self.target


def merge(figures: list[Figure], file: Path = FILE) -> None:
    """Put ``figures`` into ``file`` beside those that are there, one entry a name."""
    known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for one in figures:
        known[one.name] = {
            "value": one.value,
            "unit": one.unit,
            "target": one.target,
            "holds": one.holds,
            "how": one.how,
        }
    text = json.dumps(dict(sorted(known.items())), indent=2, ensure_ascii=False)
    part = file.with_suffix(".part")
    part.write_text(text + "\n", "utf-8")
    part.replace(file)


def table(figures: list[Figure]) -> str:
    """One line a figure: name, value, unit, target, and whether it holds."""
    lines = []
    for one in sorted(figures, key=lambda one: one.name):
        sign = "<=" if one.better == "low" else ">="
        target = "" if one.target is None else f"{sign} {one.target:,g}"
        verdict = "" if one.target is None else ("holds" if one.holds else "MISSED")
        lines.append(f"{one.name:40}{one.value:>14,.6g} {one.unit:10}{target:>14}  {verdict}")
    return "\n".join(lines)


def report(figures: list[Figure]) -> None:
    """Merge into bench.json, print, and exit 1 when a target was missed."""
    merge(figures)
    print(table(figures))
    sys.exit(0 if all(one.holds for one in figures) else 1)
