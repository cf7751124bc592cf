"""People who do something at a hub, for tests below the pages: one role at one unit."""

from __future__ import annotations

from hub.context.open_hub import Hub
from hub.rights import Actor, Role
from hub.store import units
from hub.store.engine import reading
from hub.store.roles import HeldRole
from hub.store.units import ROOT_CODE, Unit

# As every new hub has it.
TOP = Unit(1, None, ROOT_CODE, "总局", 0, "/1/")


def actor(name: str = "tester", role: Role = Role.ADMINISTRATOR, unit: Unit = TOP) -> Actor:
    """Somebody with one role."""
    return Actor(name, (HeldRole(role, unit),))


def actor_at(hub: Hub, code: str, role: Role = Role.ADMINISTRATOR, name: str = "tester") -> Actor:
    """Somebody with one role at the unit with this code."""
    with reading(hub.engine) as connection:
        unit = units.by_code(connection, code)
    assert unit is not None
    return actor(name, role, unit)
