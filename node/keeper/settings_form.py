"""Settings form: what a keeper changes on a page goes to node.toml and is in force at once."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, replace

from content.face.words import gettext as _
from node.config import Config, UnknownSetting
from node.errors import DiskFault, DiskFull, UnfitSetting
from node.runtime import NodeRuntime

MOST_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Form:
    """The values of a form of settings, and what is wrong with them, by field name."""

    values: Mapping[str, str]
    faults: Mapping[str, UnfitSetting]

    def wrong(self) -> dict[str, str]:
        """What is wrong, in the reader's language, by field name."""
        return {name: _(fault.words, **fault.values) for name, fault in self.faults.items()}


def keep(runtime: NodeRuntime, changes: Mapping[str, str | int]) -> None:
    """Put settings into force, and write them to node.toml beside what is there now.

    Raises:
        UnfitSetting: node.toml was broken by hand meanwhile, and was left alone.
        DiskFull, DiskFault: it cannot be kept; nothing was changed.
    """
    try:
        changed(Config.load(runtime.config.data), changes).save()
    except UnknownSetting as error:
        words = "node.toml 里有写错的设置，没有保存。请先改好它，或者请总局帮忙。"
        raise UnfitSetting("node.toml", words) from error
    except OSError as error:
        kind = DiskFull if error.errno == errno.ENOSPC else DiskFault
        raise kind(str(error)) from error
    runtime.config = changed(runtime.config, changes)
    runtime.courier.apply_config(runtime.config)


def changed(config: Config, changes: Mapping[str, str | int]) -> Config:
    """The settings with some of them changed."""
    return replace(config, **dict(changes))  # type: ignore[arg-type]


def number(text: str) -> int | None:
    """The whole number; 0 for an empty text, None for anything else."""
    return int(text or 0) if len(text) < MOST_DIGITS and (text or "0").isdecimal() else None
