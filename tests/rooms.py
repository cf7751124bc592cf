"""The rooms of the project as a picture: ``python -m tests.rooms`` writes ``docs/rooms.svg``.

Rows are layers and boxes are rooms, both from LAYERS in ``tests.test_imports``; what a room is for
is the first sentence of its package; the figures are counted from the imports. Nobody draws
the picture by hand, and ``tests.test_docs`` fails when it is old.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from tests.import_graph import ROOT, edges, modules
from tests.test_imports import LAYERS, room_of

TARGET = ROOT / "docs" / "rooms.svg"
WIDTH = 1060
MARGIN, GUTTER = 74, 52  # at the sides for arrows inside a program, between programs for the others
TOP, GAP, PAD = 96, 8, 10
NAME, WORDS, LINE = 14, 11.5, 14.5  # sizes of letters, and from one line of words to the next
BROAD = 170  # a narrower box says only the first clause
LETTER = 0.55  # a letter's width in its size, on the average
HEAVY = 4  # so many arrows stand beside a program: the ones with the most imports
COLUMNS = {  # program: left edge, width
    "node": (MARGIN, 252),
    "content": (MARGIN + 252 + GUTTER, WIDTH - 2 * (MARGIN + 252 + GUTTER)),
    "hub": (WIDTH - MARGIN - 252, 252),
}
TITLES = {
    "node": ("node/", "a station's PC"),
    "content": ("content/", "what is taught"),
    "hub": ("hub/", "headquarters"),
    "sync": ("sync/", "what they say to each other: bytes, signatures, facts"),
}
STYLE = """
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#22302a}
.name{font-size:14px;font-weight:600}.words{font-size:11.5px;fill:#53615b}
.title{font-size:22px;font-weight:700}.legend{font-size:12.5px;fill:#53615b}.count{font-size:12px;fill:#53615b}
.page{fill:#fbfaf6}.box{stroke-width:1}.frame{fill:none;stroke-width:1.2}
.kept{fill:none;stroke:#a3aca7;stroke-dasharray:3 3}
.free{font-size:10.5px;fill:#78847e}.dots{stroke-width:3.4;stroke-dasharray:3.4 1.8}
.on-line{paint-order:stroke;stroke:#fbfaf6;stroke-width:5px}
.arrow{fill:none;stroke:#7b8781;stroke-width:1.3}.head{fill:#7b8781}
.node{fill:#e4f1ea;stroke:#a9cdbb}.content{fill:#f8edd6;stroke:#dcc391}
.hub{fill:#e3ecf6;stroke:#a9c1db}.sync{fill:#efe6f4;stroke:#c9b2d6}
.dots.node{stroke:#2b7a5b}.dots.content{stroke:#a06d14}.dots.hub{stroke:#34679c}
.dots.sync{stroke:#7a5296}
@media (prefers-color-scheme:dark){
text{fill:#e4e9e6}.words,.count,.legend{fill:#a9b4ae}.page{fill:#151a18}.on-line{stroke:#151a18}
.kept{stroke:#5d6963}.free{fill:#8f9a94}.arrow{stroke:#8b9791}.head{fill:#8b9791}
.node{fill:#1c3329;stroke:#2f5b48}.content{fill:#38301c;stroke:#66552b}
.hub{fill:#1d2c3d;stroke:#34506e}.sync{fill:#312439;stroke:#573f66}
.dots.node{stroke:#63c39b}.dots.content{stroke:#d9a94b}.dots.hub{stroke:#79aee4}
.dots.sync{stroke:#bd93d8}}
"""


@dataclass(frozen=True, slots=True)
class Box:
    """A room at its place in the picture; without modules it is planned and its place is kept."""

    program: str
    room: str
    modules: int
    lines: tuple[str, ...]
    x: float
    width: float

    @property
    def height(self) -> float:
        if not self.modules:
            return 26.0
        return PAD + NAME + len(self.lines) * LINE + 17

    @property
    def name(self) -> str:
        """The label in the box: a file with its ending; an inner room without the outer name."""
        return f"{self.room}.py" if _is_file(self) else self.room.rpartition(".")[2]


def _is_file(box: Box) -> bool:
    return (ROOT / box.program / f"{box.room}.py").exists()


@cache
def _rooms(program: str) -> Counter[str]:
    """Room -> its modules; an ``__init__.py`` that only has the room's docstring does not count."""
    rooms: Counter[str] = Counter()
    for name, _tree in modules():
        place = room_of(program, name) if name.startswith(program + ".") else None
        if place and not (ROOT / name.replace(".", "/")).is_dir():
            rooms[place[1]] += 1
    return rooms


@cache
def _sentence(module: str) -> str:
    """What a room is for: the first line of its package, or of its only module."""
    trees = dict(modules())
    alone = [name for name in trees if name.startswith(module + ".")]
    tree = trees.get(module) or (trees[alone[0]] if len(alone) == 1 else None)
    line = (ast.get_docstring(tree) or "" if tree else "").partition("\n")[0]
    line = re.sub(r" ?\([^)]*\)|``", "", line).partition(". ")[0].rstrip(".,")
    first, colon, rest = line.partition(": ")
    if colon and first.lower().split(" ")[0] == module.rpartition(".")[2]:
        line = rest
    return line[:1].upper() + line[1:]


def _wrap(text: str, width: float) -> tuple[str, ...]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) * WORDS * LETTER <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(line for line in lines if line)


def _row(program: str, rooms: list[str]) -> list[Box]:
    """The rooms of one layer side by side; a planned room is narrower than others."""
    left, whole = map(float, COLUMNS[program])
    sizes = _rooms(program)
    free = [room for room in rooms if not sizes[room]]
    narrow = (whole - GAP * (len(rooms) - 1)) / len(rooms)
    planned_width = min(64.0, narrow) if len(free) < len(rooms) else narrow
    used = len(rooms) - len(free)
    wide = (whole - GAP * (len(rooms) - 1) - planned_width * len(free)) / used if used else 0
    boxes = []
    for room in sorted(rooms, key=lambda room: room in free):
        width = planned_width if room in free else wide
        words = _sentence(f"{program}.{room}") if room not in free else ""
        if wide < BROAD:  # an inner room need not repeat what the outer is for
            words = re.split("[:;]", re.sub("^Question banks (in|out of) ", "", words))[0]
            words = words[:1].upper() + words[1:]
        boxes.append(Box(program, room, sizes[room], _wrap(words, width - 2 * PAD), left, width))
        left += width + GAP
    return boxes


def _height(rows: list[list[Box]]) -> float:
    return sum(max(box.height for box in row) + GAP for row in rows) - GAP


def _place_rows(rows: list[list[Box]], top: float, gap: float) -> dict[Box, tuple[float, float]]:
    """Where each box begins, and how high its row is."""
    places = {}
    for row in rows:
        height = max(box.height for box in row)
        places.update(dict.fromkeys(row, (top, height)))
        top += height + gap
    return places


def _text(x: float, y: float, kind: str, words: str, anchor: str = "start") -> str:
    at = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.0f}" y="{y:.1f}" class="{kind}"{at}>{escape(words)}</text>'


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="6" class="{kind}"/>'
    )


def _dots(x: float, y: float, number: int, program: str) -> str:
    return f'<path d="M{x:.1f} {y:.1f}h{number * 5.2 - 1.8:.1f}" class="dots {program}"/>'


def _draw_box(box: Box, top: float, height: float) -> Iterator[str]:
    if not box.modules:
        yield _rect(box.x + 0.5, top, box.width - 1, height, "kept")
        yield _text(box.x + box.width / 2, top + height / 2 + 4, "free", box.name, "middle")
        return
    yield _rect(box.x, top, box.width, height, f"box {box.program}")
    yield _text(box.x + PAD, top + PAD + NAME - 4, "name", box.name)
    if box.modules > 1:
        right = box.x + box.width - PAD
        yield _text(right, top + PAD + NAME - 4, "count", str(box.modules), "end")
    for number, line in enumerate(box.lines, 1):
        yield _text(box.x + PAD, top + PAD + NAME - 2 + number * LINE, "words", line)
    yield _dots(box.x + PAD, top + height - 9, box.modules, box.program)


def _between(above: str, below: str) -> Counter[str]:
    """Room of ``below`` -> how many imports of modules of ``above`` lead there."""
    counts: Counter[str] = Counter()
    for name, others in edges().items():
        for other in others if name.startswith(above + ".") else ():
            if other.startswith(below + "."):
                place = room_of(below, other) if below in LAYERS else None
                counts[place[1] if place else below] += 1
    return counts


def _heaviest(program: str) -> list[tuple[int, int, int]]:
    """The pairs of layers of a program between which most imports lead: from, to, how many."""
    counts: Counter[tuple[int, int]] = Counter()
    for name, others in edges().items():
        for other in others if name.startswith(program + ".") else ():
            if other.startswith(program + "."):
                here, there = room_of(program, name), room_of(program, other)
                if here and there and here[0] != there[0]:
                    counts[here[0], there[0]] += 1
    heaviest = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:HEAVY]
    return [(*layers, count) for layers, count in heaviest]


def _arrow(path: str, x: float, y: float, turn: str) -> str:
    """A thin line with an arrowhead; ``turn``: left, right or down."""
    ahead = {
        "right": f"M{x:.1f} {y:.1f}l-7 -3.5v7z",
        "left": f"M{x:.1f} {y:.1f}l7 -3.5v7z",
        "down": f"M{x:.1f} {y:.1f}l-3.5 -7h7z",
    }
    return f'<path d="{path}" class="arrow"/><path d="{ahead[turn]}" class="head"/>'


def _side_arrows(program: str, layers: list[tuple[float, float]]) -> Iterator[str]:
    """A program's arrows with the most imports, at its outer side; the longest is outermost."""
    left, width = COLUMNS[program]
    edge, out = (left, -1) if program == "node" else (left + width, 1)
    arrows = sorted(_heaviest(program), key=lambda arrow: layers[arrow[1]][0] - layers[arrow[0]][0])
    starts, ends = Counter[int](), Counter[int]()
    for lane, (here, there, count) in enumerate(arrows, 1):
        x = edge + out * (2 + 15 * lane)
        from_y = layers[here][0] + layers[here][1] / 2 - 7 * starts[here] + 4
        to_y = layers[there][0] + 10 + 9 * ends[there]
        starts[here] += 1
        ends[there] += 1
        bend = -out * 6
        path = (
            f"M{edge} {from_y:.1f}H{x + bend:.1f}Q{x:.1f} {from_y:.1f} {x:.1f} {from_y + 6:.1f}"
            f"V{to_y - 6:.1f}Q{x:.1f} {to_y:.1f} {x + bend:.1f} {to_y:.1f}H{edge + out * 6}"
        )
        yield _arrow(path, edge + out, to_y, "right" if out < 0 else "left")
        label = from_y + (to_y - from_y) * (0.25 + 0.1 * lane)
        yield _text(x, label, "count on-line", str(count), "middle")


def _cross_arrows(places: dict[Box, tuple[float, float]]) -> Iterator[str]:
    """Which rooms of content each program uses, layer by layer."""
    left, width = COLUMNS["content"]
    for program in ("node", "hub"):
        counts: Counter[tuple[float, float]] = Counter()
        for box, place in places.items():
            counts[place] += _between(program, "content")[box.room]
        for (top, height), count in counts.items():
            y = top + height / 2 + 0.5
            edge = left - 2 if program == "node" else left + width + 2
            tail = left - GUTTER + 8 if program == "node" else left + width + GUTTER - 8
            if count:
                turn = "right" if program == "node" else "left"
                yield _arrow(f"M{tail} {y:.1f}H{edge}", edge, y, turn)
                yield _text((tail + edge) / 2, y - 5, "count", str(count), "middle")


def _frame(places: dict[Box, tuple[float, float]]) -> Iterator[str]:
    """A line around a room that has rooms inside."""
    inner = [box for box in places if "." in box.room]
    outer = {box.room.partition(".")[0] for box in inner}
    tops = [places[box] for box in places if box in inner or box.room in outer]
    if tops:
        left, width = COLUMNS[inner[0].program]
        top, bottom = min(top for top, _ in tops), max(top + height for top, height in tops)
        yield _rect(left - 4, top - 4, width + 8, bottom - top + 8, f"{inner[0].program} frame")


def _size(program: str) -> int:
    return sum(
        name.startswith(program + ".") and not (ROOT / name.replace(".", "/")).is_dir()
        for name, _tree in modules()
    )


def _title(program: str, x: float, y: float) -> Iterator[str]:
    name, words = TITLES[program]
    yield _text(x, y, "title", name)
    yield _text(x, y + 19, "words", f"{words} · {_size(program)} modules")


def _sync(top: float) -> Iterator[str]:
    """sync, which all use: no layers, its modules follow its specification."""
    left, width = COLUMNS["node"][0], WIDTH - 2 * MARGIN
    for program in ("node", "content", "hub"):
        middle = COLUMNS[program][0] + COLUMNS[program][1] / 2
        count = sum(_between(program, "sync").values())
        yield _arrow(f"M{middle} {top - 34}V{top - 4}", middle, top - 2, "down")
        yield _text(middle + 8, top - 15, "count", str(count))
    yield _rect(left, top, width, 70, "box sync")
    yield from _title("sync", left + PAD + 4, top + 28)
    yield _dots(left + PAD + 4, top + 59, _size("sync"), "sync")


def _legend(x: float, top: float) -> Iterator[str]:
    """How to read it."""
    yield _text(x, top, "title", "The rooms")
    lines = (
        "A row is a layer: an import goes down or stays",
        "in its room, and never comes back in a circle.",
        "",
        "A dot is a module. The figure at an arrow counts",
        "imports: what node and hub use of content, and",
        f"beside each of them its {HEAVY} heaviest ways down.",
        "",
        "Dashed: the place is kept, the room is to come.",
    )
    for number, line in enumerate(lines):
        yield _text(x, top + 26 + number * 17, "legend", line)


def draw() -> str:
    """The picture, as the imports are now."""
    rows = {program: [_row(program, row.split()) for row in LAYERS[program]] for program in COLUMNS}
    heights = {program: _height(rows[program]) for program in rows}
    bottom = TOP + max(heights.values())
    parts: list[str] = []
    for program, (left, _width) in COLUMNS.items():
        loose = max(heights.values()) - heights[program] if program != "content" else 0
        top = TOP if program != "content" else bottom - heights[program]
        places = _place_rows(rows[program], top, GAP + loose / (len(rows[program]) - 1))
        parts += [*_title(program, left, top - 34), *_frame(places)]
        for box, (y, height) in places.items():
            parts += _draw_box(box, y, height)
        if program == "content":
            parts += _cross_arrows(places)
        else:
            parts += _side_arrows(program, [places[row[0]] for row in rows[program]])
    parts += _legend(COLUMNS["content"][0], TOP - 34)
    parts += _sync(bottom + 42)
    return _page(bottom + 42 + 70 + 24, parts)


def _page(height: float, parts: list[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
            'role="img" aria-label="The rooms of node, content, hub and sync, and how they '
            'import each other">',
            f"<style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height:.0f}" rx="10" class="page"/>',
            *parts,
            "</svg>\n",
        ]
    )


def main() -> int:
    """Write the picture."""
    Path(TARGET).write_text(draw(), "utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
