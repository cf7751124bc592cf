"""Plot: two charts in one SVG, how many are done and what the hub takes in; no library needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from math import log10

WIDTH, LEFT, RIGHT = 860, 64, 24
TOP, HEIGHT, BETWEEN = 76, 250, 84
MINUTES = 120
SHOWN_S = MINUTES * 60
# Work taken in is shown from a hundredth of the capacity to a hundred times it.
LEAST, MOST = 0.01, 100.0
# One point for so many seconds, the highest in it.
POINT_S = 20
FONT = "font-family='sans-serif'"


@dataclass(frozen=True, slots=True)
class Curve:
    """A run: (second, work taken in / capacity) and (second, share that is done)."""

    name: str
    color: str
    load: list[tuple[float, float]]
    done: list[tuple[float, float]]


def draw(curves: list[Curve], bound_s: float) -> str:
    """The SVG. ``bound_s``: total work / capacity, a dashed line."""
    whole = TOP + 2 * HEIGHT + BETWEEN + 56
    second = TOP + HEIGHT + BETWEEN
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {whole}'>",
            f"<rect width='{WIDTH}' height='{whole}' fill='#fff'/>",
            _text(LEFT, 24, "After a national outage of 24 hours", 17, weight="bold"),
            *_legend(curves),
            *_frame(TOP, "stations whose backlog has arrived", [0, 0.25, 0.5, 0.75, 1], _share),
            *_bound(bound_s),
            *(_line(curve.done, curve.color, TOP, _share) for curve in curves),
            *_frame(
                second,
                "work that the hub takes in / its capacity, in 5 s (logarithmic)",
                [0.01, 0.1, 1, 10, 100],
                _times,
            ),
            _rule(second + _times(1.0), "#222", "6 4"),
            *(
                _line(_highest(curve.load), curve.color, second, _times)
                for curve in reversed(curves)
            ),
            _text(WIDTH / 2 - 80, whole - 14, "minutes after the hub's return", 13),
            "</svg>\n",
        ]
    )


def _x(at: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * at / SHOWN_S


def _share(value: float) -> float:
    return HEIGHT * (1 - value)


def _times(value: float) -> float:
    low, high = log10(LEAST), log10(MOST)
    return HEIGHT * (1 - (log10(min(MOST, max(LEAST, value))) - low) / (high - low))


def _highest(load: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The highest value of each ``POINT_S``; nothing where nothing came."""
    highest = {
        at * POINT_S: max(value for _, value in group)
        for at, group in groupby(load, lambda point: int(point[0]) // POINT_S)
    }
    return [(float(at), highest.get(at, 0.0)) for at in range(0, SHOWN_S, POINT_S)]


def _line(
    points: list[tuple[float, float]], color: str, top: float, y: Callable[[float], float]
) -> str:
    inside = [(at, value) for at, value in points if at <= SHOWN_S]
    if y is _share and inside:
        inside.append((float(SHOWN_S), inside[-1][1]))  # the share stays as it is
    path = " ".join(f"{_x(at):.1f},{top + y(value):.1f}" for at, value in inside)
    return f"<polyline points='{path}' fill='none' stroke='{color}' stroke-width='2'/>"


def _frame(top: int, title: str, ticks: list[float], y: Callable[[float], float]) -> list[str]:
    parts = [_text(LEFT, top - 10, title, 13)]
    for tick in ticks:
        label = f"{tick:.0%}" if y is _share else f"{tick:g}"
        parts.append(_rule(top + y(tick), "#ddd", "0"))
        parts.append(_text(LEFT - 8, top + y(tick) + 4, label, 12, "end"))
    for minute in range(0, MINUTES + 1, 20):
        x = _x(minute * 60)
        parts.append(_text(x, top + HEIGHT + 18, str(minute), 12, "middle"))
        parts.append(
            f"<line x1='{x:.0f}' x2='{x:.0f}' y1='{top}' y2='{top + HEIGHT}' stroke='#eee'/>"
        )
    return parts


def _bound(at: float) -> list[str]:
    x = _x(at)
    return [
        f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{TOP}' y2='{TOP + HEIGHT}' stroke='#222' "
        "stroke-dasharray='6 4'/>",
        _text(x + 6, TOP + HEIGHT * 0.4, "total work / capacity", 12),
    ]


def _legend(curves: list[Curve]) -> list[str]:
    parts, x = [], float(LEFT)
    for curve in curves:
        parts.append(f"<rect x='{x:.0f}' y='36' width='18' height='4' fill='{curve.color}'/>")
        parts.append(_text(x + 24, 43, curve.name, 13))
        x += 60 + 7 * len(curve.name)
    return parts


def _rule(y: float, color: str, dashes: str) -> str:
    dash = "" if dashes == "0" else f" stroke-dasharray='{dashes}'"
    return (
        f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{y:.1f}' y2='{y:.1f}' stroke='{color}'{dash}/>"
    )


def _text(
    x: float, y: float, words: str, size: int, anchor: str = "start", weight: str = "normal"
) -> str:
    return (
        f"<text x='{x:.0f}' y='{y:.0f}' {FONT} font-size='{size}' font-weight='{weight}' "
        f"text-anchor='{anchor}' fill='#222'>{words}</text>"
    )
