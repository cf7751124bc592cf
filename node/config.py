"""Settings: one frozen dataclass, read from ``<data>/node.toml`` (docs/settings.md).

Nothing else in the node reads files or the environment for settings. Who this node is (number,
station, keys) is no setting: ``node.store.meta`` keeps it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from content.face.reverse_proxy import read_addresses
from content.transfer.whole_file import write_whole
from node.errors import UnfitSetting
from node.hours import BadHours, Hours

# Below a kilobyte a second even the smallest request takes as long as the hub waits for one.
LEAST_KBIT_S, MOST_KBIT_S = 8, 1_000_000
PORT = 8480
FILM_SIZES = ("", "small", "large")


class UnknownSetting(ValueError):
    """node.toml cannot be read, names a setting that does not exist, or gives one a wrong type."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a keeper may set."""

    data: Path  # folder with the database, the key and the content
    hub_url: str = ""  # http(s) address of the hub, without a slash at the end
    hub_ca: str = ""  # file of the authority that https addresses must have certificates from
    relay_url: str = ""  # http(s) address of a relay: used when the hub cannot be reached
    line_kbit_s: int = 0  # what the node takes of the line, both ways together; 0: no limit
    content_kbit_s: int = 0  # what courses take of it; 0: no limit of their own
    films: str = ""  # "large" or "small": the version of films that is fetched; "": by the line
    content_mb: int = 0  # what courses may take of the disk; 0: all that is free but a reserve
    content_hours: str = ""  # when courses may be fetched: "20:00-06:30, 12:00-13:30"; "": always
    record_hours: str = ""  # when the node syncs by itself; exam results always go
    stick_folders: str = "/media:/run/media:/mnt"  # where this system mounts USB sticks
    peers: str = ""  # addresses of nodes of this office that have courses, separated by spaces
    share: bool = False  # other nodes of this office may take courses from here
    relay: bool = False  # this node keeps and passes on other stations' sealed parcels
    host: str = "0.0.0.0"  # noqa: S104  it serves the office LAN
    port: int = PORT  # where browsers find the node
    trusted_proxy: str = ""  # addresses of reverse proxies that say who asks, parted by spaces
    play_port: int = 0  # where SCORM packages are played from; 0: the one after ``port``
    threads: int = 6  # waitress threads: more of them wait for each other (docs/decisions)
    sync_every_s: int = 900  # pause between syncs when there is nothing to say
    session_idle_s: int = 3600  # a learner who does nothing for so long signs in again

    @property
    def peer_urls(self) -> tuple[str, ...]:
        """The nodes to be asked for courses before the line is used."""
        return tuple(self.peers.split())

    @property
    def trusted_proxies(self) -> frozenset[str]:
        """Whose word on who asks is believed."""
        return read_addresses(self.trusted_proxy)

    @classmethod
    def load(cls, data: Path) -> Config:
        """Read ``<data>/node.toml``; what it does not name keeps its default.

        Raises:
            UnknownSetting: the file is no TOML, a name is misspelt, or a value has the wrong type.
        """
        path = data / "node.toml"
        try:
            raw = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UnknownSetting(f"{path}: {error}") from error
        known = {field.name: field.type for field in fields(cls) if field.name != "data"}
        for name, value in raw.items():
            if name not in known:
                raise UnknownSetting(f"{path}: no setting is called {name!r}")
            if type(value).__name__ != known[name]:
                raise UnknownSetting(f"{path}: {name} must be {known[name]}, not {value!r}")
        config = cls(data=data, **raw)
        for fault in limit_faults(config):
            raise UnknownSetting(f"{path}: {fault.field} cannot be {raw[fault.field]!r}")
        try:
            read_addresses(config.trusted_proxy)
        except ValueError as error:
            raise UnknownSetting(f"{path}: trusted_proxy: {error}") from error
        return config

    def save(self) -> None:
        """Write node.toml, whole or not at all; on disk when this returns."""
        lines = [
            f"{field.name} = {_toml(getattr(self, field.name))}\n"
            for field in fields(self)
            if field.name != "data"
        ]
        self.data.mkdir(parents=True, exist_ok=True)
        write_whole(self.data / "node.toml", "".join(lines).encode())


def limit_faults(config: Config) -> Iterator[UnfitSetting]:
    """Which limits of the line cannot be kept, and why."""
    for name in ("line_kbit_s", "content_kbit_s"):
        rate = getattr(config, name)
        if rate and not LEAST_KBIT_S <= rate <= MOST_KBIT_S:
            words = "限速要么填 0（不限），要么填 %(least)s 到 %(most)s 之间的整数，单位是 kbit/s。"
            yield UnfitSetting(name, words, least=LEAST_KBIT_S, most=MOST_KBIT_S)
    if config.films not in FILM_SIZES:
        yield UnfitSetting("films", "视频请选大的、小的，或按线路自动选。")
    for name in ("content_hours", "record_hours"):
        try:
            Hours.parse(getattr(config, name))
        except BadHours as error:
            words = "没有看懂时段“%(part)s”。请这样写：20:00-06:30；多个时段用逗号隔开。"
            yield UnfitSetting(name, words, part=error.part)


def default_data() -> Path:
    """The data folder when none is named: XUEZHAN_DATA, else ./node-data."""
    return Path(os.environ.get("XUEZHAN_DATA", "node-data"))


def _toml(value: str | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
