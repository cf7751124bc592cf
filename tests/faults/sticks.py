"""A stick between a station and the hub, for tests: what is planned, carried in and left on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from content.model.course import Course
from content.source.folder import read_folder
from content.transfer.stick_folder import Stick
from hub.context.open_hub import Hub
from hub.intake import stick_carrier
from hub.publishing import classes, publish
from install.servers import ROOT
from tests.hub.actors import actor
from tests.lab import PARENT

SAMPLE = ROOT / "content" / "samples" / "food-inspection"


def to_the_hub(hub: Hub, usb: Path) -> stick_carrier.StickReport:
    """The stick is carried to headquarters and read there."""
    with Stick(usb) as stick:
        return stick_carrier.import_from(hub, stick)


def files(usb: Path) -> list[str]:
    """What lies on the stick."""
    return sorted(p.relative_to(usb).as_posix() for p in usb.rglob("*") if p.is_file())


def plan_course(hub: Hub) -> Course:
    """The sample course, and a class in it that is open now."""
    folder = read_folder(SAMPLE)
    publish.publish(hub, folder, PARENT, "test")
    today = datetime.now(UTC).date()
    dates = (today - timedelta(days=3), today + timedelta(days=3))
    classes.put(hub, "k1", "培训班", PARENT, dates, (folder.course.id,), actor("test"))
    return folder.course
