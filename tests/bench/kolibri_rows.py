"""Rows: the workload as Kolibri's own log models; run by Kolibri's Python, not by ours.

``kolibri_rows.py learners`` makes the learners of the records on standard input (JSON lines of the
workload's generator), ``kolibri_rows.py logs`` what they did: a ContentSessionLog for each watched
stretch, an AttemptLog for each answer, and the few parent rows that Kolibri needs;
``kolibri_rows.py held`` counts them.
"""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import NAMESPACE_URL, uuid5


def main(verb: str, lines: Iterable[str]) -> None:
    """Write the rows in one transaction."""
    import_module("kolibri.utils.main").initialize()
    rows = [json.loads(line) for line in lines]
    with import_module("django.db.transaction").atomic():
        print({"learners": learners, "logs": logs, "held": held}[verb](rows))


def learners(rows: list[dict[str, Any]]) -> str:
    """An account for each learner; the facility's id."""
    auth = import_module("kolibri.core.auth.models")
    facility = auth.Facility.get_default_facility()
    for name in sorted({row["learner"] for row in rows}):
        auth.FacilityUser.objects.create_user(
            username=name.replace("-", "_"), facility=facility, password=name
        )
    return str(facility.id)


def logs(rows: list[dict[str, Any]]) -> str:
    """Write a log row for each record; returns how many rows there are."""
    auth = import_module("kolibri.core.auth.models")
    people = {user.username.replace("_", "-"): user for user in auth.FacilityUser.objects.all()}
    return str(_Log(people).write(rows))


def held(_rows: list[dict[str, Any]]) -> str:
    """How many rows of each kind of log there are."""
    logger = import_module("kolibri.core.logger.models")
    kinds = ("ContentSessionLog", "ContentSummaryLog", "MasteryLog", "AttemptLog")
    return " ".join(str(getattr(logger, kind).objects.count()) for kind in kinds)


class _Log:
    """Writes rows, and once for each learner and subject their parent rows."""

    def __init__(self, people: dict[str, Any]) -> None:
        self._logger = import_module("kolibri.core.logger.models")
        self._people = people
        self._above: dict[tuple[str, str], tuple[Any, Any]] = {}
        self._summaries: dict[tuple[str, str], Any] = {}
        self._count = 0

    def write(self, rows: list[dict[str, Any]]) -> int:
        """Write them all."""
        for row in rows:
            at = datetime.fromtimestamp(row["at"], UTC)
            if row["type"] == "watch":
                self._watch(row, at)
            elif row["type"] == "exam_submit":
                self._submit(row, at)
            else:
                self._answer(row, at)
        for summary in self._summaries.values():
            self._save(summary)
        return self._count

    def _watch(self, row: dict[str, Any], at: datetime) -> None:
        start, end = row["interval"]
        summary = self._summary(row["learner"], row["object"], "video", at)
        summary.time_spent += end - start
        summary.progress = min(1.0, end / 2_700)
        summary.end_timestamp = at + timedelta(seconds=end - start)
        self._save(
            self._logger.ContentSessionLog(
                user=self._people[row["learner"]],
                content_id=_id(row["object"]),
                channel_id=_id("channel"),
                start_timestamp=at,
                end_timestamp=summary.end_timestamp,
                time_spent=end - start,
                progress=summary.progress,
                kind="video",
            )
        )

    def _answer(self, row: dict[str, Any], at: datetime) -> None:
        mastery, session = self._subject(row, at)
        choices = row["response"] if isinstance(row["response"], list) else [row["response"]]
        seconds = row.get("seconds", 30)
        self._save(
            self._logger.AttemptLog(
                user=self._people[row["learner"]],
                masterylog=mastery,
                sessionlog=session,
                item=_id(row["object"]),
                start_timestamp=at - timedelta(seconds=seconds),
                end_timestamp=at,
                completion_timestamp=at,
                time_spent=seconds,
                complete=True,
                correct=float(row.get("correct", 0)),
                answer={"choices": choices},
                simple_answer="".join(map(str, choices)),
            )
        )

    def _submit(self, row: dict[str, Any], at: datetime) -> None:
        mastery, _ = self._subject(row, at)
        mastery.complete = True
        mastery.completion_timestamp = at
        self._save(mastery, again=True)

    def _subject(self, row: dict[str, Any], at: datetime) -> tuple[Any, Any]:
        """The mastery and the session that an answer belongs to."""
        exam = row["type"].startswith("exam")
        name = f"e001-{row['attempt']}" if exam else row["type"]
        key = row["learner"], name
        if key not in self._above:
            user, kind = self._people[row["learner"]], "quiz" if exam else "exercise"
            summary = self._summary(row["learner"], name, kind, at)
            self._save(summary)
            common = {"user": user, "start_timestamp": at, "time_spent": 0.0}
            mastery = self._logger.MasteryLog(
                summarylog=summary, mastery_criterion={"type": "quiz"}, mastery_level=1, **common
            )
            session = self._logger.ContentSessionLog(
                content_id=_id(name), channel_id=_id("channel"), progress=0, kind=kind, **common
            )
            self._save(mastery)
            self._save(session)
            self._above[key] = mastery, session
        return self._above[key]

    def _summary(self, learner: str, name: str, kind: str, at: datetime) -> Any:
        key = learner, name
        if key not in self._summaries:
            self._summaries[key] = self._logger.ContentSummaryLog(
                user=self._people[learner],
                content_id=_id(name),
                channel_id=_id("channel"),
                start_timestamp=at,
                time_spent=0.0,
                progress=0.0,
                kind=kind,
            )
        return self._summaries[key]

    def _save(self, row: Any, again: bool = False) -> None:
        self._count += not again and row._state.adding
        row.save()


def _id(name: str) -> str:
    return uuid5(NAMESPACE_URL, name).hex


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin)
