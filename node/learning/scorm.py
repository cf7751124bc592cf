"""SCORM at the node: what a package may keep here, and what its player is told.

Scores and completions that a package reports are claims: they are kept for the package and shown
as such, and nothing is credited for them. What counts is the time that the item was open and in
sight, by ``node.learning.watch_credit``. The player is ``node/web/static/scorm/courseware.js`` with
``stage.js``.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from content.model.activities import Activity, Condition, Objective, RollupRule, Rule, Scorm
from node.errors import InputError, PackageKeepsTooMuch
from node.store import scorm_states
from node.store.db import Store
from node.store.learners import Learner

# What a package may keep of one activity: suspend data of 64,000 characters (SCORM 2004 RTE
# §4.2.23), which may be escaped or Chinese, and some hundred answers beside it.
MAX_PART_CHARS = 400_000
# Of one package and learner in all: 500 activities that keep their place, or ten that keep the most
# allowed. 24 learners with 20 packages still fit on any station's disk.
MAX_STATE_CHARS = 4_000_000
MAX_PARTS_A_SAVE = 20
_HALF = re.compile("[\ud800-\udfff]")
# The part that keeps where the learner is among the activities.
WHOLE = ""


def save(
    store: Store, learner: str, item: str, scorm: Scorm, parts: Mapping[str, str], at: int
) -> None:
    """Keep what the package asked for; when this returns, it is on disk.

    Raises:
        InputError: it names no activity of the package.
        PackageKeepsTooMuch: it is more than a package may keep.
        StoreBusy, DiskFull, DiskFault: nothing was kept.
    """
    known = {activity.id for activity in scorm.activities} | {WHOLE}
    if not parts.keys() <= known or len(parts) > MAX_PARTS_A_SAVE:
        raise InputError(f"parts {sorted(parts)!r:.200} of {item}")

    def work(conn: sqlite3.Connection) -> None:
        other_chars = scorm_states.size(conn, learner, item, tuple(parts))
        if other_chars + sum(map(len, parts.values())) > MAX_STATE_CHARS:
            raise PackageKeepsTooMuch(f"{item} keeps more than {MAX_STATE_CHARS} characters")
        scorm_states.save(conn, learner, item, parts, at)

    store.write(work)


def check_part(value: object) -> str:
    """Return the JSON text of what one activity keeps; ``""`` where it keeps nothing.

    Raises:
        InputError: it is no object.
        PackageKeepsTooMuch: it is too long.
    """
    if value is None:
        return ""
    if not isinstance(value, dict):
        raise InputError("a part is no object")
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Packages keep numbers of any size as characters. Half of a pair is no text of ours: it stays
    # escaped and comes back as it was.
    text = _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    if len(text) > MAX_PART_CHARS:
        raise PackageKeepsTooMuch(f"a part of {len(text)} characters")
    return text


def state(store: Store, learner: Learner, item: str, scorm: Scorm) -> dict[str, Any]:
    """Return what the player needs to begin: the activities, the learner, what was kept."""
    kept = scorm_states.load(store.read(), learner.number, item)
    known = {activity.id for activity in scorm.activities} | {WHOLE}
    return {
        "version": scorm.version,
        "learner": {"id": learner.number, "name": learner.name},
        "activities": [_activity(activity) for activity in scorm.activities],
        "sequencing": _tree(scorm) if scorm.version == "2004" else None,
        "kept": {part: json.loads(text) for part, text in kept.items() if part in known},
    }


def _activity(activity: Activity) -> dict[str, Any]:
    return {
        "id": activity.id,
        "title": activity.title,
        "parent": activity.parent,
        "launch": activity.launch,
        "query": activity.query,
        "sco": activity.sco,
        "hidden": activity.hidden,
        "prerequisites": activity.prerequisites,
        "mastery": activity.mastery,
        "longest": activity.longest,
        "timeAction": activity.time_action,
        "data": activity.data,
        "threshold": activity.threshold,
        "passing": next(
            (o.measure for o in activity.sequencing.objectives if o.primary and o.by_measure), ""
        ),
        "noButtons": list(activity.no_buttons),
    }


# The names below are those of scorm-again; the standard calls the same things otherwise.


def _tree(scorm: Scorm) -> dict[str, Any]:
    """The activity tree as scorm-again's sequencing takes it."""
    nodes: list[dict[str, Any]] = []
    for place, activity in enumerate(scorm.activities):
        nodes.append(_settings(activity))
        if place:
            nodes[activity.parent].setdefault("children", []).append(nodes[place])
    return nodes[0]


def _settings(activity: Activity) -> dict[str, Any]:
    sequencing, on = activity.sequencing, set(activity.sequencing.on)
    rules = [rule for rule in sequencing.rules if rule.conditions]
    settings: dict[str, Any] = {
        "id": activity.id,
        "title": activity.title,
        "isVisible": not activity.hidden,
        "sequencingControls": {
            "enabled": True,
            **{name: name in on for name in _CONTROLS},
            "objectiveMeasureWeight": float(sequencing.weight),
            "selectionTiming": sequencing.select,
            "selectCount": sequencing.select_count or None,
            "randomizationTiming": sequencing.reorder,
            "randomizeChildren": sequencing.reorder != "never" and "reorderChildren" in on,
        },
        "deliveryControls": {name: name in on for name in _DELIVERY},
        "sequencingRules": {
            f"{name}ConditionRules": [_rule(rule) for rule in rules if rule.when == when]
            for when, name in (("pre", "pre"), ("exit", "exit"), ("post", "post"))
        },
        "rollupRules": {"rules": [_rollup(rule) for rule in sequencing.rollup if rule.conditions]},
        "rollupConsiderations": {
            "requiredForSatisfied": sequencing.for_satisfied,
            "requiredForNotSatisfied": sequencing.for_not_satisfied,
            "requiredForCompleted": sequencing.for_completed,
            "requiredForIncomplete": sequencing.for_incomplete,
            "measureSatisfactionIfActive": "measureSatisfactionIfActive" in on,
        },
        "completionThreshold": {
            "completedByMeasure": bool(activity.threshold),
            "minProgressMeasure": float(activity.threshold or "1"),
            "progressWeight": float(activity.progress_weight),
        },
        "hideLmsUi": list(activity.no_buttons),
        "sharedDataMaps": [
            {"targetID": store.target, "readSharedData": store.read, "writeSharedData": store.write}
            for store in activity.stores
        ],
    }
    if sequencing.attempts:
        settings["attemptLimit"] = sequencing.attempts
    return settings | _objectives(sequencing.objectives)


_CONTROLS = (
    "choice", "choiceExit", "flow", "forwardOnly", "useCurrentAttemptObjectiveInfo",
    "useCurrentAttemptProgressInfo", "preventActivation", "constrainChoice",
    "rollupObjectiveSatisfied", "rollupProgressCompletion", "reorderChildren",
)  # fmt: skip
_DELIVERY = ("tracked", "completionSetByContent", "objectiveSetByContent")
# What the two processes of scorm-again call differently, or do not know.
_ROLLUP_ASKS = {"activityProgressKnown": "progressKnown"}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "action": rule.action,
        "conditionCombination": "any" if rule.any else "all",
        "conditions": [_condition(condition) for condition in rule.conditions],
    }


def _condition(condition: Condition) -> dict[str, Any]:
    settings: dict[str, Any] = {"condition": condition.asks}
    if condition.negated:
        settings["operator"] = "not"
    if condition.objective:
        settings["referencedObjective"] = condition.objective
    if condition.measure:
        settings["parameters"] = {"threshold": float(condition.measure)}
    return settings


def _rollup(rule: RollupRule) -> dict[str, Any]:
    return {
        "action": rule.action,
        "consideration": rule.children,
        "minimumCount": rule.count,
        "minimumPercent": float(rule.percent) * 100,
        "conditionCombination": "any" if rule.any else "all",
        "conditions": [
            {
                "condition": _ROLLUP_ASKS.get(condition.asks, condition.asks),
                "operator": "not" if condition.negated else "noOp",
            }
            for condition in rule.conditions
        ],
    }


def _objectives(objectives: tuple[Objective, ...]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for objective in objectives:
        settings = {
            "objectiveID": objective.id,
            "isPrimary": objective.primary,
            "satisfiedByMeasure": objective.by_measure,
            "minNormalizedMeasure": float(objective.measure) if objective.by_measure else None,
            "mapInfo": [
                {"targetObjectiveID": each.target}
                | {name: name in each.shares for name in (*_READ, *each.shares)}
                for each in objective.maps
            ],
        }
        if objective.primary:
            parts["primaryObjective"] = settings
        else:
            parts.setdefault("objectives", []).append(settings)
    return parts


_READ = ("readSatisfiedStatus", "readNormalizedMeasure")
