"""The line over https: a real hub behind a real TLS server, an authority of the province."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.context.open_hub import Hub
from hub.intake import stations
from node.__main__ import cli
from node.config import Config
from node.errors import LineError
from node.keeper import health
from node.link.certificates import CertificateError, ExpiredCertificate, NoCertificateFile
from node.runtime import NodeRuntime
from tests.lab import PARENT, joined, note, running_hub
from tests.sync.records import some_records
from tests.tls import Authority, tls_before

COUNT = 50


@pytest.fixture(scope="module")
def headquarters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, int]]:
    with running_hub(tmp_path_factory.mktemp("hub")) as hub_and_port:
        yield hub_and_port


@pytest.fixture
def province(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "province")


@pytest.fixture
def config(headquarters: tuple[Hub, int], tmp_path: Path) -> Config:
    """A station that has joined over plain HTTP."""
    return joined(tmp_path / "node", *headquarters, f"4406{next(_codes):05}")


_codes = count(1)


def station(config: Config, port: int, ca: Path | str) -> NodeRuntime:
    runtime = NodeRuntime.open(replace(config, hub_url=f"https://127.0.0.1:{port}", hub_ca=str(ca)))
    note(runtime, list(some_records(random.Random(1), COUNT)))
    return runtime


def test_a_sync_over_https_with_the_provinces_authority(
    headquarters: tuple[Hub, int], config: Config, province: Authority
) -> None:
    with tls_before(headquarters[1], province.server()) as (port, carried):
        runtime = station(config, port, province.file)
        assert runtime.courier.sync() == COUNT
        assert runtime.line().waiting_count == 0
        runtime.close()
    assert len(carried) == 1


def refused(
    headquarters: tuple[Hub, int], config: Config, certificate: Path, ca: Path | str
) -> tuple[LineError, str]:
    """The fault of a sync that must not send anything, and what the keeper is told."""
    with tls_before(headquarters[1], certificate) as (port, carried):
        runtime = station(config, port, ca)
        with pytest.raises(LineError) as fault:
            runtime.courier.sync()
        assert runtime.line().waiting_count == COUNT
        report = health.look(runtime)
        runtime.close()
    assert carried == []
    return fault.value, report.sentence + report.note


def test_another_authority_is_refused_before_anything_is_sent(
    headquarters: tuple[Hub, int], config: Config, province: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other")
    error, told = refused(headquarters, config, other.server(), province.file)
    assert type(error) is CertificateError
    assert "证书不可信" in told
    assert told.startswith("请做一件事：打开浏览器，登录上网认证页面")


def test_an_authority_that_only_we_know_is_not_among_those_that_everybody_knows(
    headquarters: tuple[Hub, int], config: Config, province: Authority
) -> None:
    error, _ = refused(headquarters, config, province.server(), "")
    assert type(error) is CertificateError


def test_a_certificate_for_another_address_is_refused(
    headquarters: tuple[Hub, int], config: Config, province: Authority
) -> None:
    error, _ = refused(headquarters, config, province.server("10.0.0.1"), province.file)
    assert type(error) is CertificateError
    assert "127.0.0.1" in str(error)


@pytest.mark.parametrize("days", [(-60, -1), (1, 60)])
def test_a_certificate_out_of_its_time_is_refused_and_the_clock_is_asked_about(
    headquarters: tuple[Hub, int], config: Config, province: Authority, days: tuple[int, int]
) -> None:
    certificate = province.server(first_day=days[0], last_day=days[1])
    error, told = refused(headquarters, config, certificate, province.file)
    assert type(error) is ExpiredCertificate
    assert told.startswith("请做一件事：看看这台电脑的日期和时间")


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_without_certificates_is_told_by_its_name(
    headquarters: tuple[Hub, int],
    config: Config,
    province: Authority,
    tmp_path: Path,
    content: str | None,
) -> None:
    file = tmp_path / "missing.pem"
    if content is not None:
        file.write_text(content, "utf-8")
    error, told = refused(headquarters, config, province.server(), file)
    assert type(error) is NoCertificateFile
    assert "missing.pem" in told


@pytest.mark.parametrize(
    ("reply", "code"),
    [(b"", "line-down"), (b"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n", "not-the-hub")],
    ids=["cut", "portal"],
)
def test_who_does_not_speak_tls_is_no_question_of_certificates(
    config: Config, province: Authority, reply: bytes, code: str
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def speak() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(65_536)
                peer.sendall(reply)

        thread = threading.Thread(target=speak)
        thread.start()
        runtime = station(config, listener.getsockname()[1], province.file)
        with pytest.raises(LineError) as fault:
            runtime.courier.sync()
        runtime.close()
        thread.join(5)
    assert fault.value.code == code


def test_a_station_joins_over_https_and_keeps_the_authority(
    headquarters: tuple[Hub, int], province: Authority, tmp_path: Path
) -> None:
    hub, port = headquarters
    new_station = stations.add(hub, "440606999", "test", "第九所", PARENT)
    data = tmp_path / "new"
    with tls_before(port, province.server()) as (tls_port, _):
        result = CliRunner().invoke(
            cli,
            ["join", f"https://127.0.0.1:{tls_port}", new_station.code.text]
            + ["--ca", str(province.file), "--data", str(data)],
            catch_exceptions=False,
        )
    assert result.exit_code == 0, result.output
    ca_file = Path(Config.load(data).hub_ca)
    assert ca_file.parent == data
    assert ca_file.read_bytes() == province.file.read_bytes()


def test_a_relay_over_https_is_held_to_the_same_authority(
    headquarters: tuple[Hub, int], config: Config, province: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other")
    with tls_before(headquarters[1], other.server()) as (port, carried):
        way = replace(config, hub_url="", relay_url=f"https://127.0.0.1:{port}")
        runtime = NodeRuntime.open(replace(way, hub_ca=str(province.file)))
        with pytest.raises(CertificateError, match="certificate"):
            runtime.courier.sync()
        runtime.close()
    assert carried == []
