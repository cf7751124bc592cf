"""A real nginx with ``install/nginx-hub.conf`` before a real hub: people and a station over https.

Only addresses, ports and certificate of the file are replaced. The certificate is of ``tests.tls``.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from hub.context.open_hub import Hub
from hub.intake import stations
from hub.intake.stations import JOIN_TRIES
from hub.people.log_in import NAME_TRIES, SOURCE_TRIES
from hub.store import audit, nodes
from hub.store.audit import AuditFilter
from hub.store.engine import reading
from install.servers import ROOT, free_port
from node.config import Config
from node.errors import HubFailed
from node.exchange.joining import join
from node.link.http_client import HubConnection
from node.runtime import NodeRuntime
from tests.content.conftest import mp4
from tests.hub.visitors import PASSWORD, TOKEN, account
from tests.lab import PARENT, note, running_hub
from tests.quick import secrets_cost_little
from tests.sync.records import some_records
from tests.tls import Authority

NGINX = shutil.which("nginx", path=f"{os.defpath}:/usr/sbin:/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
FILE = ROOT / "install" / "nginx-hub.conf"
FILM_BYTES = 60_000_000
COUNT = 50
OFFICE, OTHER = "127.0.0.2", "127.0.0.3"  # this machine has all of 127/8


@dataclass(frozen=True, slots=True)
class Front:
    """The hub as the network sees it."""

    hub: Hub
    port: int
    plain_port: int
    hub_port: int
    ca: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"


class FromOffice(HTTPAdapter):
    """Connections that come from one address of this machine."""

    def __init__(self, office: str) -> None:
        self._office = office
        super().__init__()

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **named: Any
    ) -> None:
        named["source_address"] = (self._office, 0)
        super().init_poolmanager(connections, maxsize, block, **named)


class Browser(requests.Session):
    """Somebody in an office; claims, as anybody can, to sit elsewhere."""

    def __init__(self, front: Front, office: str) -> None:
        super().__init__()
        self.trust_env, self.verify = False, str(front.ca)
        self.mount("https://", FromOffice(office))
        self.headers["X-Forwarded-For"] = "8.8.8.8"
        self.headers["Referer"] = front.url + "/"
        self._front = front

    def post_form(self, path: str, **fields: str) -> requests.Response:
        token = TOKEN.search(self.get(self._front.url + "/password", timeout=60).text)
        assert token is not None
        return self.post(
            self._front.url + path,
            {"csrf_token": token[1], **fields},
            timeout=60,
            allow_redirects=False,
        )

    def log_in(self, name: str = "boss", password: str = PASSWORD) -> requests.Response:
        return self.post_form("/log-in", name=name, password=password)


def _settings(folder: Path, front: Front, certificate: Path) -> str:
    """The documented file with this machine's ports and certificate; one process, no root."""
    text = FILE.read_text("utf-8")
    for pattern, value in (
        (r"server 127\.0\.0\.1:8700;", f"server 127.0.0.1:{front.hub_port};"),
        (r"listen 80;", f"listen 127.0.0.1:{front.plain_port};"),
        (r"listen 443 ssl;", f"listen 127.0.0.1:{front.port} ssl;"),
        (r"ssl_certificate [^;]+;", f"ssl_certificate {certificate};"),
        (r"ssl_certificate_key [^;]+;", f"ssl_certificate_key {certificate};"),
    ):
        text, times = re.subn(pattern, value, text)
        assert times == 1, pattern
    stores = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{ worker_connections 256; }}\n"
        f"http {{\naccess_log {folder}/access.log;\n{stores}{text}}}\n"
    )


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("nginx")
    province = Authority(folder, "province")
    with running_hub(folder / "hub", 'trusted_proxy = "127.0.0.1"\n') as (hub, hub_port):
        front = Front(hub, free_port(), free_port(), hub_port, province.file)
        account(hub, "boss")
        with _nginx(folder, front, province.server()):
            yield front


@contextmanager
def _nginx(folder: Path, front: Front, certificate: Path) -> Iterator[None]:
    file = folder / "nginx.conf"
    file.write_text(_settings(folder, front, certificate), "utf-8")
    assert NGINX is not None
    command = [NGINX, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(file)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as server:
        try:
            _wait_for(front.port, server)
            yield
        finally:
            server.terminate()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until somebody listens at ``port``; connecting is tried as long as the server lives."""
    while True:
        assert server.poll() is None, server.stderr and server.stderr.read().decode()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            continue
        return


def test_somebody_logs_in_over_https_and_the_cookie_stays_there(front: Front) -> None:
    answer = Browser(front, OFFICE).log_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "; Secure" in answer.headers["Set-Cookie"]
    with reading(front.hub.engine) as connection:
        rows = audit.search(connection, AuditFilter(), 1, 0)
    assert OFFICE in str(rows[0])


def test_browsers_are_led_from_http_to_https(front: Front) -> None:
    answer = requests.get(
        f"http://127.0.0.1:{front.plain_port}/log-in?next=/units", timeout=60, allow_redirects=False
    )
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://127.0.0.1/log-in?next=/units"


def test_an_office_that_is_locked_out_is_locked_out_alone(front: Front) -> None:
    office = Browser(front, OFFICE)
    for number in range(SOURCE_TRIES):
        assert office.log_in(f"name{number // (NAME_TRIES - 1)}", "wrong").status_code == 403
    assert office.log_in().status_code == 429
    assert Browser(front, OTHER).log_in().status_code == 303


def test_a_station_joins_and_syncs_over_https_while_another_office_tries_codes(
    front: Front, tmp_path: Path
) -> None:
    office = Browser(front, OFFICE)
    wrong = [
        office.post(front.url + "/join", b"?" * 90, timeout=60).status_code
        for _ in range(JOIN_TRIES + 1)
    ]
    assert wrong == [403] * JOIN_TRIES + [429]
    new = stations.add(front.hub, "440601", "test", "第一所", PARENT)
    config = Config(tmp_path / "node", hub_url=front.url, hub_ca=str(front.ca), host="127.0.0.1")
    config.data.mkdir()
    with secrets_cost_little():
        join(config, new.code.text)
    runtime = NodeRuntime.open(replace(Config.load(config.data), host="127.0.0.1"))
    note(runtime, list(some_records(random.Random(1), COUNT)))
    assert runtime.courier.sync() == COUNT
    assert runtime.line().waiting_count == 0
    runtime.close()
    with reading(front.hub.engine) as connection:
        node = nodes.get(connection, new.node_id)
    assert node is not None
    assert node.state == "active"


def test_a_film_of_sixty_megabytes_arrives_whole(front: Front) -> None:
    filler = random.Random(4).randbytes(FILM_BYTES)
    film = mp4(9) + (FILM_BYTES + 8).to_bytes(4, "big") + b"free" + filler
    boss = Browser(front, OTHER)
    assert boss.log_in().status_code == 303
    token = TOKEN.search(boss.get(front.url + "/password", timeout=60).text)
    assert token is not None
    answer = boss.post(
        front.url + "/materials/import",
        {"csrf_token": token[1]},
        files={"file": ("film.mp4", film)},
        headers={"Accept": "application/json"},
        timeout=120,
    )
    [job] = answer.json()["jobs"]
    while "Refresh" in boss.get(f"{front.url}/materials/imports/{job}", timeout=60).headers:
        pass
    stored = boss.get(f"{front.url}/media/{sha256(film).hexdigest()}", timeout=60)
    assert stored.content == film


def test_a_stranger_is_refused_before_he_sends_a_large_body(front: Front) -> None:
    asked = ssl.create_default_context(cafile=front.ca)
    with (
        socket.create_connection(("127.0.0.1", front.port), timeout=60) as connection,
        asked.wrap_socket(connection, server_hostname="127.0.0.1") as line,
    ):
        head = f"POST /materials/import HTTP/1.1\r\nHost: h\r\nContent-Length: {FILM_BYTES}"
        line.sendall(f"{head}\r\n\r\n".encode())
        assert line.recv(12) == b"HTTP/1.1 413"


def test_while_the_hub_does_not_run_nginx_says_so_to_stations_and_to_people(
    front: Front, tmp_path: Path
) -> None:
    gone = replace(front, port=free_port(), plain_port=free_port(), hub_port=free_port())
    [certificate] = front.ca.parent.glob("server-*.pem")
    with _nginx(tmp_path, gone, certificate):
        for path in ("/x", "/trust", "/join"):
            answer = requests.post(gone.url + path, b"?", verify=str(gone.ca), timeout=60)
            assert (answer.status_code, answer.json()) == (502, {"error": HubFailed.code})
            assert answer.headers["Content-Type"] == "application/json"
        with HubConnection(gone.url, ca=str(gone.ca)) as line, pytest.raises(HubFailed):
            line.post("/x", b"parcel", 1_000)
        page = Browser(gone, OFFICE).get(gone.url + "/log-in", timeout=60)
        page.encoding = "utf-8"
        assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
        assert "总局的服务器没有在运行" in page.text
