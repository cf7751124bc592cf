"""Settings: one frozen dataclass, read from ``<data>/node.toml`` (docs/settings.md).

Nothing else in the node reads files or the environment for settings. Who this node is (number,
station, keys) is no setting: ``node.store.meta`` keeps it.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path


class UnknownSetting(ValueError):
    """node.toml names a setting that does not exist, or gives one a wrong type."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a keeper may set."""

    data: Path  # folder with the database, the key and the content
    hub_url: str = ""  # http(s) address of the hub, without a slash at the end
    relay_url: str = ""  # http address of a relay: used when the hub cannot be reached
    stick_folders: str = "/media:/run/media:/mnt"  # where this system mounts USB sticks
    relay: bool = False  # this node keeps and passes on other stations' sealed parcels
    host: str = "0.0.0.0"  # noqa: S104  the office LAN is who it serves
    port: int = 8480  # where browsers find the node
    threads: int = 6  # waitress threads: more of them wait for each other (docs/decisions)
    sync_every_s: int = 900  # pause between syncs when there is nothing to say
    session_idle_s: int = 3600  # a learner who does nothing for so long signs in again

    @classmethod
    def load(cls, data: Path) -> Config:
        """Read ``<data>/node.toml``; what it does not name keeps its default.

        Raises:
            UnknownSetting: a name is misspelt or a value has the wrong type.
        """
        path = data / "node.toml"
        raw = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
        known = {field.name: field.type for field in fields(cls) if field.name != "data"}
        for name, value in raw.items():
            if name not in known:
                raise UnknownSetting(f"{path}: no setting is called {name!r}")
            if type(value).__name__ != known[name]:
                raise UnknownSetting(f"{path}: {name} must be {known[name]}, not {value!r}")
        return cls(data=data, **raw)

    def save(self) -> None:
        """Write node.toml, whole or not at all."""
        lines = [
            f"{field.name} = {_toml(getattr(self, field.name))}\n"
            for field in fields(self)
            if field.name != "data"
        ]
        self.data.mkdir(parents=True, exist_ok=True)
        part = self.data / "node.toml.part"
        with part.open("w", encoding="utf-8") as out:
            out.writelines(lines)
            out.flush()
            os.fsync(out.fileno())
        part.replace(self.data / "node.toml")


def default_data() -> Path:
    """The data folder when none is named: XUEZHAN_DATA, else ./node-data."""
    return Path(os.environ.get("XUEZHAN_DATA", "node-data"))


def _toml(value: str | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
