"""Condition: how the hub itself is: how old its newest backup is, what failed today."""

from dataclasses import dataclass
from datetime import datetime

from content.face import spoken
from hub.context import backup_note
from hub.context.backup_note import BackupNote
from hub.context.failures import FailureCount
from hub.context.open_hub import Hub

DAY_S = 86_400
# One a day, and a day in which somebody may notice that it was not made.
OLD_S = 2 * DAY_S


@dataclass(frozen=True, slots=True)
class HubCondition:
    """What whoever runs the hub has to know. ``failures``: of today, the last first."""

    backup: BackupNote | None
    is_old: bool
    failures: tuple[FailureCount, ...]

    @property
    def failed(self) -> int:
        """How often the hub failed today."""
        return sum(each.count for each in self.failures)


def look(hub: Hub) -> HubCondition:
    """The condition now; cheap enough for each page, and no question to the database."""
    now, newest = hub.now(), backup_note.read(hub.config.data)
    is_old = newest is None or now - newest.at > OLD_S
    return HubCondition(newest, is_old, tuple(hub.failures.since(midnight(now))))


def midnight(now: int) -> int:
    """When today began in the zone of the pages."""
    today = datetime.fromtimestamp(now, spoken.ZONE)
    return int(today.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
