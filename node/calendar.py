"""Calendar: the day of a moment, in Beijing time whatever zone the machine is set to."""

from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def day(at: int) -> str:
    """The day of a moment, as an ISO date."""
    return datetime.fromtimestamp(at, BEIJING).date().isoformat()
