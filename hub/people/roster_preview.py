"""Roster preview: what a plan would change, kept beside the uploaded file so that pages are quick.

``preview.jsonl`` holds a line for each person, ``preview.json`` the counts and, for each filter,
where its lines begin. It is made once; what is written in the end is looked at again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.people.roster import RosterReport
from hub.people.roster_plan import ChangeKind, Doubt, PlannedChange
from hub.people.table_file import RowFault
from hub.store.learners import Learner

LINES, COUNTS = "preview.jsonl", "preview.json"
ALL, DOUBTFUL, REFUSED = "all", "doubtful", "refused"
# The filters of the page, in its order.
FILTERS = (
    ALL, DOUBTFUL, ChangeKind.NEW.value, ChangeKind.MOVED.value, ChangeKind.RENAMED.value,
    ChangeKind.POST.value, ChangeKind.RETURNED.value, ChangeKind.MISSING.value, REFUSED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do. ``by``: who uploaded it; ``places``: of each filter's lines."""

    file: str
    unit_code: str
    by: str
    rows: int
    same: int
    refused: int
    known: int
    renamed: int
    slipped: int
    is_doubtful: bool
    good: int  # rows that can be written
    headings: tuple[str, ...]
    faults: tuple[RowFault, ...]
    remarks: tuple[RowFault, ...]
    places: Mapping[str, list[int]]

    def count(self, which: str) -> int:
        """How many a filter shows."""
        return self.refused if which == REFUSED else len(self.places[which])


def keep(kept: Path, report: RosterReport, by: str, file: str, unit_code: str) -> None:
    """Write the preview of the uploaded file ``kept``."""
    plan, at = report.plan, 0
    places: dict[str, list[int]] = {name: [] for name in FILTERS}
    with (kept.parent / LINES).open("wb") as out:
        for change in (*plan.changes, *_missing(report)):
            line = json.dumps(_line(change), ensure_ascii=False).encode() + b"\n"
            for name in _filters(change):
                places[name].append(at)
            at += len(line)
            out.write(line)
    counts = {
        "file": file, "unit_code": unit_code, "by": by, "rows": report.rows, "same": report.same,
        "refused": report.refused, "known": plan.known, "renamed": plan.count(ChangeKind.RENAMED),
        "slipped": plan.slipped, "is_doubtful": plan.is_doubtful, "good": report.imported,
        "headings": report.headings, "places": places,
        "faults": [_said(each) for each in report.faults],
        "remarks": [_said(each) for each in report.remarks],
    }  # fmt: skip
    (kept.parent / COUNTS).write_text(json.dumps(counts, ensure_ascii=False), "utf-8")


def load(kept: Path) -> Preview:
    """The preview of the uploaded file ``kept``."""
    counts = json.loads((kept.parent / COUNTS).read_text("utf-8"))
    faults = tuple(RowFault(*each) for each in counts.pop("faults"))
    remarks = tuple(RowFault(*each) for each in counts.pop("remarks"))
    headings = tuple(counts.pop("headings"))
    return Preview(**counts, headings=headings, faults=faults, remarks=remarks)


def _said(fault: RowFault) -> list[Any]:
    return [fault.row, fault.column, fault.code, dict(fault.values), fault.sheet]


def page(kept: Path, preview: Preview, which: str, limit: int, offset: int) -> list[PlannedChange]:
    """Some of the people that a filter shows."""
    changes = []
    with (kept.parent / LINES).open("rb") as lines:
        for place in preview.places[which][offset : offset + limit]:
            lines.seek(place)
            changes.append(_change(json.loads(lines.readline())))
    return changes


def _missing(report: RosterReport) -> Iterator[PlannedChange]:
    for one in report.plan.missing:
        gone = Learner(one.number, one.name, one.unit_id, one.post, False)
        yield PlannedChange(0, "", one, gone, (ChangeKind.MISSING,))


def _filters(change: PlannedChange) -> Iterator[str]:
    if ChangeKind.MISSING not in change.kinds:
        yield ALL
    if change.doubts:
        yield DOUBTFUL
    yield from (kind.value for kind in change.kinds)


def _line(change: PlannedChange) -> list[Any]:
    before = _person(change.before) if change.before else None
    return [
        change.row, change.written, before, _person(change.after), change.kinds, change.doubts,
        change.near,
    ]  # fmt: skip


def _person(one: Learner) -> list[Any]:
    return [one.number, one.name, one.unit_id, one.post, one.active]


def _change(line: list[Any]) -> PlannedChange:
    row, written, before, after, kinds, doubts, near = line
    return PlannedChange(
        row, written, Learner(*before) if before else None, Learner(*after),
        tuple(map(ChangeKind, kinds)), tuple(map(Doubt, doubts)), near,
    )  # fmt: skip
