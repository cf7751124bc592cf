"""Source settings: where courses come from besides the hub, and what room they may take.

``node.courses.sources`` asks them in that order, ``node.courses.disk_space`` keeps to the room.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import urlsplit

from content.transfer.request import write_requests
from content.transfer.serve import MAGIC
from node.config import PORT, Config
from node.courses.disk_space import RESERVE_BYTES
from node.courses.sources import PIECES_PATH
from node.errors import HubBusy, HubFailed, HubRefused, NodeError, NotTheHub, UnfitSetting
from node.keeper import settings_form
from node.keeper.settings_form import Form
from node.link.http_client import HubConnection
from node.runtime import NodeRuntime

MOST_PEERS = 8
MOST_URL = 200
# Neighbours are in the same house, a relay at the county: whoever takes longer cannot help now.
ANSWERS_WITHIN_S = 6.0
_FIELDS = ("peers", "relay_url", "content_mb")
# With less, not even one small course could be installed.
LEAST_MB = 100
_HOST = re.compile(r"[a-z0-9._-]{1,120}|[0-9a-f:.]{2,45}")
_BETWEEN = re.compile(r"[\s,，;；、]+")
_NO_ADDRESS = "“%(text)s”不是站点机的地址。请这样写：192.168.1.20，或 http://192.168.1.20:8480。"


class SourceReply(Enum):
    """What a source said when it was asked whether it has anything to give."""

    GIVES = auto()
    KEEPS = auto()  # something answered, and it gives no courses
    SILENT = auto()


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Bytes on the disk where the data folder is."""

    used: int  # by courses
    most: int  # that courses may have, including what they have now
    free: int

    @classmethod
    def of(cls, runtime: NodeRuntime) -> DiskSpace:
        """How it is now."""
        room, free = runtime.courier.storage, shutil.disk_usage(runtime.config.data).free
        used = room.used()
        most = used + max(0, free - RESERVE_BYTES)
        return cls(used, min(most, room.most_bytes) if room.most_bytes else most, free)


def form_of(config: Config) -> Form:
    """The form with what is in force."""
    return Form(
        {
            "peers": "\n".join(config.peer_urls),
            "relay_url": config.relay_url,
            "content_mb": str(config.content_mb),
            "share": "1" if config.share else "",
        },
        {},
    )


def set_supply(runtime: NodeRuntime, fields: Mapping[str, str]) -> Form:
    """Apply what a keeper wrote; if the answer has faults, nothing was changed.

    Raises:
        UnfitSetting: node.toml was broken by hand meanwhile, and was left alone.
        DiskFull, DiskFault: it cannot be kept.
    """
    values = {name: fields.get(name, "").strip() for name in _FIELDS}
    values["share"] = "1" if fields.get("share") else ""
    peers = [peer for peer in _BETWEEN.split(values["peers"]) if peer]
    relay, mb = values["relay_url"], settings_form.number(values["content_mb"])
    faults: dict[str, UnfitSetting] = {}
    for name, every in (("peers", peers), ("relay_url", [relay] if relay else [])):
        for typed in every:
            if not address(typed):
                faults.setdefault(name, UnfitSetting(name, _NO_ADDRESS, text=typed[:40]))
    if len(peers) > MOST_PEERS:
        words = "最多填 %(most)s 个地址，就近的几个就够了。"
        faults.setdefault("peers", UnfitSetting("peers", words, most=MOST_PEERS))
    if mb is None or 0 < mb < LEAST_MB:
        words = "请填一个整数，至少 %(least)s（MB）；不限就填 0。"
        faults["content_mb"] = UnfitSetting("content_mb", words, least=LEAST_MB)
    if faults:
        return Form(values, faults)
    settings: dict[str, str | int] = {
        "peers": " ".join(dict.fromkeys(map(address, peers))),
        "relay_url": address(relay),
        "content_mb": mb or 0,
        "share": bool(values["share"]),
    }
    settings_form.keep(runtime, settings)
    return form_of(runtime.config)


def address(text: str) -> str:
    """A node's address as it was typed, made whole: ``192.168.1.20`` is enough; "" for none."""
    whole = text if "//" in text else f"http://{text}"
    try:
        parts = urlsplit(whole)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    fits = parts.scheme in ("http", "https") and len(text) <= MOST_URL and _HOST.fullmatch(host)
    if extra or not fits:
        return ""
    if port is None and parts.scheme == "http":
        port = PORT
    where = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{where}" + (f":{port}" if port is not None else "")


def ask(config: Config) -> dict[str, SourceReply]:
    """Ask each source that the keeper named whether it gives courses, all at once."""
    urls = [*config.peer_urls, *filter(None, [config.relay_url])]
    pool = ThreadPoolExecutor(max(1, len(urls)), "supply")
    asked = {url: pool.submit(_ask, url, config.hub_ca) for url in urls}
    wait(asked.values(), ANSWERS_WITHIN_S)
    pool.shutdown(wait=False, cancel_futures=True)
    return {
        url: future.result() if future.done() else SourceReply.SILENT
        for url, future in asked.items()
    }


def _ask(url: str, ca: str) -> SourceReply:
    try:
        with HubConnection(url, ca=ca, connect_s=ANSWERS_WITHIN_S / 2) as line:
            answer = b"".join(line.stream(PIECES_PATH, write_requests([])))
    except HubBusy:
        return SourceReply.GIVES
    except (NotTheHub, HubFailed, HubRefused):
        return SourceReply.KEEPS
    except NodeError:
        return SourceReply.SILENT
    return SourceReply.GIVES if answer == MAGIC else SourceReply.KEEPS
