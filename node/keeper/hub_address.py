"""Hub address: which one is called, what answered there, and another one, proven before it is kept.

Whoever answers at a new address must be the hub that this station joined: it is asked what every
sync asks (SPEC.md §5), and only that hub can open the request and sign the answer.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from content.face.words import gettext as _
from node.errors import (
    ForeignReceipt,
    HubBusy,
    HubNotFound,
    HubRefused,
    LineError,
    NotTheHub,
    UnfitSetting,
)
from node.keeper import settings_form
from node.link.certificates import CertificateError
from node.link.http_client import HubConnection
from node.runtime import NodeRuntime
from node.store import tries

MOST_URL = 200
# Somebody waits before the page.
CONNECT_S = 10.0
_HOST = re.compile(r"[a-z0-9._-]{1,120}|[0-9a-f:.]{2,45}")
_NOTHING_CHANGED = "原来的地址没有变。"

# What the last try says of the address, by its outcome.
_ANSWERS = {
    "": "总局的枢纽在这个地址上，最近一次同步成功。",
    "line-down": "没有回答。线路不通；线路明明通着，就可能是地址不对。",
    "not-the-hub": "回答的不是枢纽：多半是上网认证页面或代理，也可能是地址不对。",
    "wrong-certificate": "回答的证书不可信，什么都没有发出去。",
    "expired-certificate": "回答的证书不在有效期内，什么都没有发出去。",
    "no-ca-file": "没有找到证书文件，没有联系。",
    "hub-busy": "枢纽正忙，请本站过一会儿再来。地址没有问题。",
    "hub-failed": "枢纽回答说它出了故障，修好以后会自动同步。地址没有问题。",
    "hub-refused": "枢纽回答了，但没有接收本站的记录。",
    "foreign-receipt": "枢纽回答了，但两边的记录对不上。",
}


def last_answer(runtime: NodeRuntime) -> str:
    """What answered at the address in force, in a sentence; "" before the first try."""
    newest = tries.newest(runtime.store.read(), 1)
    if not newest:
        return ""
    return _(_ANSWERS.get(newest[0].outcome, "没有同步成，原因写在“同步”那一页上。"))


def change(runtime: NodeRuntime, typed: str) -> str:
    """Ask at the address, keep it if the hub of this station answered there, and sync; return it.

    Raises:
        UnfitSetting: that is no address, or node.toml was broken by hand.
        HubNotFound: not the hub, or nobody, answered; nothing was changed.
        NotJoined: this node belongs to no hub yet.
        DiskFull, DiskFault: it cannot be kept.
    """
    url = whole(typed)
    if not url:
        words = "这不是枢纽的地址。请这样写：http://10.1.2.3:8700，照总局给的抄。"
        raise UnfitSetting("hub_url", words)
    _prove(runtime, url)
    settings_form.keep(runtime, {"hub_url": url})
    runtime.courier.sync_now()
    return url


def whole(text: str) -> str:
    """An address as it was typed, made whole; "" for what cannot be one."""
    text = text.strip().rstrip("/")
    typed = text if "//" in text else f"http://{text}"
    try:
        parts = urlsplit(typed)
        host, _port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    extra = parts.query or parts.fragment or parts.username
    fits = parts.scheme in ("http", "https") and len(typed) <= MOST_URL and _HOST.fullmatch(host)
    return typed if fits and not extra else ""


def _prove(runtime: NodeRuntime, url: str) -> None:
    """Raise ``HubNotFound`` unless the hub of this station answers at ``url``."""
    try:
        with HubConnection(url, ca=runtime.config.hub_ca, connect_s=CONNECT_S) as line:
            runtime.courier.by_hand(lambda exchange: exchange.run(line, 0))
    except ForeignReceipt:
        return  # signed by our hub: what is wrong is not the address
    except LineError as error:
        raise HubNotFound(_(_why_not(error)) + _(_NOTHING_CHANGED), f"{url}: {error}") from error


def _why_not(error: LineError) -> str:
    if isinstance(error, CertificateError):
        return error.words % error.values if error.values else error.words
    if isinstance(error, HubBusy):
        return "那里说正忙，没有查成是不是总局的枢纽。请过几分钟再试。"
    if isinstance(error, (NotTheHub, HubRefused)):
        return "那里有回答，但不是本站加入的那个枢纽。请核对地址；有上网认证页面的，先登录网络。"
    return "没有从那里得到枢纽的回答。请核对地址，再看看线路通不通。"
