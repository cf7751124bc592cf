"""The line: HTTP to the hub with as few bytes as possible; nobody else is believed.

Bytes in, bytes out; what they say is for ``node.courier.courier`` and ``node.courses.fetch``, how
fast they may pass for ``node.link.throttle``. ``requests`` is imported here only when the line is
first used: an idle node need not hold it.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Generator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from node.errors import HubBusy, HubFailed, HubRefused, LineError, NotTheHub
from node.link import certificates
from node.link.throttle import Throttle

if TYPE_CHECKING:
    import requests

# On the worst line connecting takes seconds; after this long it is down. The same limit holds for
# sending one piece of a body, not the whole: so 400 bytes a second are enough.
CONNECT_S = 20
SENT_AT_ONCE_BYTES = 8_192
# Silence for so long means that the line was cut.
SILENCE_S = 60
# A source that gives a byte a minute would hold up all others. The worst line that is worth waiting
# for carries more than this. Only waiting counts, not the work with the bytes.
PATIENCE_S, SLOWEST_BYTES_PER_S = 180, 50
# What HTTP adds to a request and to its answer, about.
HEAD_BYTES = 200
MAX_REASON_BYTES = 2_000
BUSY = frozenset({429, 502, 503, 504})
# From here on a status says that the server failed; these are a proxy's, too, when the hub is gone.
FAILED = 500
FAILURES = frozenset({500, 502, 503, 504})
# Whoever asks for more patience than this is not the hub (hub/context/visit_schedule.py: an hour).
MOST_PATIENCE_S = 7_200
MAX_TICKET_BYTES = 8


class HubConnection:
    """One connection to the hub, counted.

    ``urgent``: exam results wait; ``ticket``: what the hub gave when it turned this node away;
    ``ca``: the file of the authority that an https address must have its certificate from.
    """

    def __init__(
        self,
        hub_url: str,
        urgent: bool = False,
        ticket: str = "",
        *,
        throttle: Throttle | None = None,
        ca: str = "",
        connect_s: float = CONNECT_S,
    ) -> None:
        import requests
        from urllib3.util import SKIP_HEADER

        self.bytes_up = 0
        self.bytes_down = 0
        self.reached = True  # there was a connection for the last request
        self._urgent, self._ticket = "u" if urgent else "", ticket
        self._hub = hub_url.rstrip("/")
        self._throttle, self._ca, self._connect_s = throttle or Throttle(), ca, connect_s
        self._session = requests.Session()
        self._session.trust_env = False  # settings come from node.toml only
        self._session.headers.clear()
        # These would go with every request and mean nothing to the hub.
        self._session.headers.update({"User-Agent": SKIP_HEADER, "Accept-Encoding": SKIP_HEADER})

    def post(self, path: str, body: bytes, max_bytes: int) -> bytes:
        """Post ``body`` and return the body of a 200, whoever answered: the caller verifies it.

        Raises:
            LineError: nobody answered, or the answer was cut.
            NotTheHub: what answered cannot be the hub.
            CertificateError: it could not show by its certificate that it is.
            HubBusy: the hub, or what stands before it, asks for patience.
            HubFailed: it says that it failed.
        """
        self.bytes_up += len(body)
        credentials = self._urgent + self._ticket
        with self._ask(
            "POST", f"{path}?{credentials}" if credentials else path, {}, body
        ) as response:
            self._only(response, 200)
            self._ticket = ""
            return b"".join(self._read(response, max_bytes))

    def get(self, path: str, first: int) -> tuple[int, int, Iterator[bytes]]:
        """Ask for what follows byte ``first``: where it begins, how long the whole is, the bytes.

        A proxy may answer with the whole: then they begin at 0.

        Raises:
            LineError, NotTheHub, CertificateError, HubBusy: as for ``post``; LineError also
                while the bytes are read.
        """
        headers = {"Range": f"bytes={first}-"} if first else {}
        response = self._ask("GET", path, headers, None)
        self._only(response, 200, 206)
        try:
            if response.status_code == 206:
                unit, _, range_text = response.headers["Content-Range"].partition(" ")
                span, _, whole = range_text.partition("/")
                begins, total = int(span.partition("-")[0]), int(whole)
            else:
                unit, begins, total = "bytes", 0, int(response.headers["Content-Length"])
        except (KeyError, ValueError) as error:
            response.close()
            raise NotTheHub(f"{path}: no usable length") from error
        if unit != "bytes" or not 0 <= begins <= first:
            response.close()
            raise NotTheHub(f"{path}: asked for byte {first}, got {begins}")
        return begins, total, self._read(response, total - begins)

    def stream(self, path: str, body: bytes) -> Generator[bytes]:
        """Post ``body`` and yield the bytes of the answer as they come: the caller verifies them.

        Raises:
            LineError, NotTheHub, CertificateError, HubBusy: as for ``get``.
        """
        self.bytes_up += len(body)
        response = self._ask("POST", path, {}, body)
        self._only(response, 200)
        length = response.headers.get("Content-Length", "")
        kind = response.headers.get("Content-Type", "")
        if kind != "application/octet-stream" or not length.isascii() or not length.isdigit():
            response.close()
            raise NotTheHub(f"{path}: {kind[:40]!r} of length {length[:20]!r}")
        return self._read(response, int(length))

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def __enter__(self) -> HubConnection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> requests.Response:
        import requests

        self.reached = True
        certificates.check_file(self._ca)
        self._keep_buffer_small()
        self._throttle.send(HEAD_BYTES)
        try:
            return self._session.request(
                method,
                self._hub + path,
                data=None if body is None else self._paced(body),
                headers=headers,
                timeout=(self._connect_s, SILENCE_S),
                allow_redirects=False,
                stream=True,
                verify=self._ca or True,
            )
        except requests.exceptions.SSLError as error:
            fault = certificates.fault_of(error)
            self.reached = not isinstance(fault, certificates.CertificateError)
            raise fault from error
        except requests.RequestException as error:
            self.reached = not _nobody_there(error)
            raise LineError(f"{method} {path}: {type(error).__name__}") from error

    def _paced(self, body: bytes) -> bytes | _Paced:
        """The body as it may go out: a small one at once, which saves a packet."""
        piece = min(SENT_AT_ONCE_BYTES, self._throttle.piece_bytes)
        if len(body) > piece:
            return _Paced(body, piece, self._throttle)
        self._throttle.send(len(body))
        return body

    def _keep_buffer_small(self) -> None:
        """With a limit, keep the receive buffer small, so that the sender notices the limit."""
        from requests.adapters import HTTPAdapter
        from urllib3.connection import HTTPConnection

        size = self._throttle.buffer_bytes
        if not size:
            return
        adapter = self._session.get_adapter(self._hub)
        if isinstance(adapter, HTTPAdapter):
            adapter.poolmanager.connection_pool_kw["socket_options"] = [
                *HTTPConnection.default_socket_options,
                (socket.SOL_SOCKET, socket.SO_RCVBUF, size),
            ]

    def _only(self, response: requests.Response, *good: int) -> None:
        if response.status_code in good:
            return
        with response:
            status = response.status_code
            again = response.headers.get("Retry-After", "")
            asks = bool(re.fullmatch("[1-9][0-9]{0,4}", again)) and int(again) <= MOST_PATIENCE_S
            if status in BUSY and asks:
                raise self._busy(response, again)
            if response.headers.get("Content-Type", "") == "application/json":
                reason, number = _reason(b"".join(self._read(response, MAX_REASON_BYTES)))
                if status >= FAILED and reason == HubFailed.code:
                    raise HubFailed(f"status {status}", number)
                if reason and status not in BUSY:
                    raise HubRefused(reason)
            if status in FAILURES and self._is_vouched_for():
                raise HubFailed(f"status {status} without our mark")
            if status in BUSY:
                raise HubBusy(f"status {status}")
            raise NotTheHub(f"status {status}")

    def _is_vouched_for(self) -> bool:
        """Whether a certificate showed that it is the hub, or what stands before it, who answers.

        Over http nobody can know: a page without our mark may be anybody's.
        """
        return self._hub.startswith("https:")

    def _busy(self, response: requests.Response, again: str) -> HubBusy:
        """When to come back, as the answer says. A ticket is a few digits; a proxy's page is not.

        Nobody signed it: at worst somebody on the line makes this node wait, who could cut it too.
        """
        why = f"status {response.status_code}"
        try:
            ticket = b"".join(self._read(response, MAX_TICKET_BYTES)).decode("latin-1")
        except LineError:
            ticket = ""
        return HubBusy(why, int(again), ticket if re.fullmatch("[0-9]{1,5}", ticket) else "")

    def _read(self, response: requests.Response, max_bytes: int) -> Generator[bytes]:
        from urllib3.exceptions import HTTPError

        got, waited = 0, 0.0
        try:
            with response:
                while waited < PATIENCE_S + got / SLOWEST_BYTES_PER_S:
                    began = time.monotonic()
                    chunk = response.raw.read1(self._throttle.piece_bytes, decode_content=False)
                    waited += time.monotonic() - began
                    if not chunk:
                        return
                    got += len(chunk)
                    self.bytes_down += len(chunk)
                    self._throttle.receive(len(chunk))
                    if got > max_bytes:
                        raise NotTheHub(f"more than {max_bytes} bytes")
                    yield chunk
        except HTTPError as error:
            raise LineError(f"cut after {got} bytes: {type(error).__name__}") from error
        raise LineError(f"too slow: {got} bytes in {waited:.0f} s")


class _Paced:
    """A body that goes out piece by piece, its length known beforehand."""

    def __init__(self, body: bytes, piece_bytes: int, throttle: Throttle) -> None:
        self._body, self._piece, self._throttle = body, piece_bytes, throttle

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        for begin in range(0, len(self._body), self._piece):
            piece = self._body[begin : begin + self._piece]
            self._throttle.send(len(piece))
            yield piece


def _nobody_there(error: requests.RequestException) -> bool:
    """Whether no connection came about, so that nothing was sent."""
    import requests
    from urllib3.exceptions import NewConnectionError

    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _reason(raw: bytes) -> tuple[str, str]:
    """Code and number in the hub's unsigned refusal: shown to the keeper, never trusted."""
    try:
        values = json.loads(raw)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(values, dict):
        return "", ""
    code, number = (values.get(name) for name in ("error", "id"))
    if not isinstance(number, str) or not re.fullmatch("[0-9a-f]{1,16}", number):
        number = ""
    return code[:40] if isinstance(code, str) else "", number
