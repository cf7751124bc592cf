"""Figure: one measured number with its target, and the table and file that hold them all.

A bench module has ``figures() -> list[Figure]`` and ends in ``report(figures)`` when run. A timing
is kept with the machine's yardstick at that time, and with its ratio to the yardstick.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tests.bench.yardstick import Yardstick, measure, told

ROOT = Path(__file__).resolve().parent.parent.parent
FILE = ROOT / "bench.json"
# Seconds in each unit of time; what is counted per second is a timing too.
SECONDS = {"ms": 0.001, "s": 1.0, "hours": 3600.0}
PER_SECOND = "/s"


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` in ``unit``; without a target it is only reported. ``how`` is the command."""

    name: str
    value: float
    unit: str
    target: float | None
    better: Literal["low", "high"]
    how: str
    yardstick_s: float | None = None

    @property
    def is_timing(self) -> bool:
        """Whether a faster machine would change the value."""
        return self.unit in SECONDS or self.unit.endswith(PER_SECOND)

    @property
    def per_yardstick(self) -> float | None:
        """A time in yardsticks, or the amount done in one; None where none was measured."""
        if self.yardstick_s is None or not self.is_timing:
            return None
        if self.unit in SECONDS:
            return self.value * SECONDS[self.unit] / self.yardstick_s
        return self.value * self.yardstick_s

    @property
    def holds(self) -> bool:
        """Whether the value is on the right side of the target."""
        if self.target is None:
            return True
        return self.value <= self.target if self.better == "low" else self.value >= self.target


def merge(figures: list[Figure], file: Path = FILE) -> None:
    """Put ``figures`` into ``file`` beside those that are there, one entry a name."""
    known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for figure in figures:
        known[figure.name] = _entry(figure)
    text = json.dumps(dict(sorted(known.items())), indent=2, ensure_ascii=False)
    part = file.with_suffix(".part")
    part.write_text(text + "\n", "utf-8")
    part.replace(file)


def _entry(figure: Figure) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "value": figure.value,
        "unit": figure.unit,
        "target": figure.target,
        "holds": figure.holds,
        "how": figure.how,
    }
    if figure.per_yardstick is not None and figure.yardstick_s is not None:
        entry["yardstick_s"] = float(f"{figure.yardstick_s:.4g}")
        entry["per_yardstick"] = float(f"{figure.per_yardstick:.4g}")
    return entry


def table(figures: list[Figure]) -> str:
    """One line a figure: name, value, unit, ratio to the yardstick, target, whether it holds."""
    lines = [f"{'':40}{'value':>14} {'unit':10}{'/yardstick':>12}{'target':>14}"]
    for figure in sorted(figures, key=lambda figure: figure.name):
        sign = "<=" if figure.better == "low" else ">="
        target = "" if figure.target is None else f"{sign} {figure.target:,g}"
        verdict = "" if figure.target is None else ("holds" if figure.holds else "MISSED")
        ratio = "" if figure.per_yardstick is None else f"{figure.per_yardstick:,.4g}"
        value = f"{figure.name:40}{figure.value:>14,.6g} {figure.unit:10}{ratio:>12}"
        lines.append(f"{value}{target:>14}  {verdict}".rstrip())
    return "\n".join(lines)


def beside(
    figures: Callable[[], list[Figure]], yardstick: Callable[[], Yardstick] = measure
) -> list[Figure]:
    """Measure ``figures``; each timing gets the mean of the yardsticks right before and after."""
    before = yardstick()
    measured = figures()
    after = yardstick()
    print(told(after))
    mean_s = (before.whole_s + after.whole_s) / 2
    return [
        replace(figure, yardstick_s=mean_s) if figure.is_timing else figure for figure in measured
    ]


def report(figures: Callable[[], list[Figure]]) -> None:
    """Measure, merge into bench.json, print, and exit 1 when a target was missed."""
    measured = beside(figures)
    merge(measured)
    print(table(measured))
    sys.exit(0 if all(figure.holds for figure in measured) else 1)
