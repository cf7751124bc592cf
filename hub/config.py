"""Settings of the hub (docs/settings.md): ``hub.toml`` in the data folder, nothing else.

The one module of the hub that reads settings from files or the environment.
"""

import os
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from content.face.reverse_proxy import read_addresses
from content.transfer.whole_file import write_whole
from hub.errors import BadSetting

DATA_VARIABLE = "XUEZHAN_HUB_DATA"


@dataclass(frozen=True, slots=True)
class Config:
    """The settings. Every field but ``data`` can be set in ``hub.toml``."""

    # Where the database, the keys and the course files are. Given on the command line.
    data: Path
    # Database address. Empty: SQLite in the data folder. Else postgresql+psycopg://user@host/name
    database: str = ""
    # Where the hub listens.
    host: str = "127.0.0.1"
    port: int = 8700
    # Addresses of reverse proxies that say who asks and by which scheme, parted by spaces.
    trusted_proxy: str = ""
    # The address stations and browsers use, as printed with a station's code.
    address: str = "http://127.0.0.1:8700"
    # Name of the top unit, made when the organisation has none.
    headquarters: str = "总局"
    # Threads that answer requests. Each holds one database connection while it works.
    threads: int = 8
    # Largest body of a station's request: two of the largest batches. A term is 25 kB.
    max_exchange_bytes: int = 2_500_000
    # Largest upload of a browser (a course as zip).
    max_upload_bytes: int = 600_000_000
    # LibreOffice, which reads PPT, DOC, ODT and RTF. Empty: the one in PATH; "none": not used.
    office: str = ""
    # The program that converts films. Empty: in PATH or in imageio-ffmpeg. "off": none.
    ffmpeg: str = ""
    # Days that a station's one-time code is valid.
    code_days: int = 14
    # Seconds after which a quiet station asks again; the answer tells it.
    again_s: int = 900
    # Up to this many percent later, at a moment for which less is due.
    again_spread_percent: int = 20
    # Work that this process does in a second, in requests without records: one with records is
    # four to five. 100 takes two thirds of a core; each of several processes has its own 100.
    capacity_per_s: int = 100
    # Hours (Beijing time) in which learners finish: quiet stations then leave more room.
    evening_from_h: int = 19
    evening_to_h: int = 21

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite+pysqlite:///{self.data / 'hub.db'}"

    @property
    def trusted_proxies(self) -> frozenset[str]:
        """Whose word on who asks is believed."""
        return read_addresses(self.trusted_proxy)

    @property
    def key_file(self) -> Path:
        return self.data / "hub.key"

    @property
    def keys(self) -> Path:
        """The folder of all keys but the first."""
        return self.data / "keys"

    @property
    def trust(self) -> Path:
        """The folder of the keys that sign releases."""
        return self.data / "trust"

    @property
    def cookie_file(self) -> Path:
        return self.data / "cookie.key"

    @property
    def settings_file(self) -> Path:
        return self.data / "hub.toml"

    @property
    def blobs(self) -> Path:
        return self.data / "blobs"

    @property
    def uploads(self) -> Path:
        """Files that were handed in and wait; none is written a second time."""
        return self.data / "uploads"

    @property
    def patches(self) -> Path:
        """Files made from blobs; they can be made again."""
        return self.data / "patches"


def default_data() -> Path:
    """The data folder when the command line names none."""
    return Path(os.environ.get(DATA_VARIABLE, "hub-data"))


def load(data: Path) -> Config:
    """Settings of the hub in ``data``; a missing file means all defaults.

    Raises:
        BadSetting: an unknown name or a value of the wrong type.
    """
    file = data / "hub.toml"
    try:
        values = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadSetting("file", str(fault)) from fault
    known = {field.name: field.type for field in fields(Config) if field.name != "data"}
    for name, value in values.items():
        if name not in known:
            raise BadSetting(name, "no such setting")
        if type(value) is not known[name]:
            raise BadSetting(name, f"must be {known[name]}, is {value!r}")
    config = Config(data=data, **values)
    try:
        read_addresses(config.trusted_proxy)
    except ValueError as fault:
        raise BadSetting("trusted_proxy", str(fault)) from fault
    return config


def save_database(data: Path, database: str) -> None:
    """Note the database address in a new ``hub.toml``, readable by this user only."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = data / "hub.toml"
    before = file.read_text("utf-8") if file.exists() else ""
    line = _database_line(database)
    if line not in before.splitlines(keepends=True):  # a first try may have got so far
        write_whole(file, (before + line).encode(), 0o600)


def set_database(data: Path, database: str) -> None:
    """Name another database in ``hub.toml``, or with "" the file beside it; the rest stays."""
    file = data / "hub.toml"
    before = file.read_text("utf-8") if file.exists() else ""
    # A value on several lines is no address.
    kept = [line for line in before.splitlines() if not re.match(r"\s*database\s*=", line)]
    text = "".join(f"{line}\n" for line in kept) + (_database_line(database) if database else "")
    if text != before:
        write_whole(file, text.encode(), 0o600)


def _database_line(database: str) -> str:
    quoted = database.replace("\\", "\\\\").replace('"', '\\"')
    return f'database = "{quoted}"\n'
