"""Fixtures of the fault tests: a hub, a node that joined it, stations that only sticks reach."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub.context import open_hub
from hub.context.open_hub import Hub
from node.config import Config
from node.runtime import NodeRuntime
from tests.faults.releases import CODE, Lab
from tests.lab import NOWHERE, answering, joined, new_hub

Headquarters = tuple[Hub, int]


@pytest.fixture(scope="session")
def hub_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new hub's folder, made once and copied for each test."""
    return new_hub(tmp_path_factory.mktemp("template") / "hub")


@pytest.fixture
def headquarters(hub_template: Path, tmp_path: Path) -> Iterator[Headquarters]:
    """A new hub that answers, and its port. Another in the same test has no link to it:
    ``running_hub`` makes new keys."""
    hub = open_hub.open_hub(shutil.copytree(hub_template, tmp_path / "hub"))
    with answering(hub) as port:
        yield hub, port


@pytest.fixture
def hub(headquarters: Headquarters) -> Hub:
    return headquarters[0]


@pytest.fixture
def config(headquarters: Headquarters, tmp_path: Path) -> Config:
    """Settings of a node that has joined the hub."""
    return joined(tmp_path / "node", *headquarters, CODE)


@pytest.fixture
def lab(hub: Hub, config: Config) -> Lab:
    """Both, for tests that let days go by."""
    return Lab(hub, config)


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    folder = tmp_path / "usb"
    folder.mkdir()
    return folder


@pytest.fixture
def station(headquarters: Headquarters, tmp_path: Path) -> Iterator[Callable[[int], NodeRuntime]]:
    """New stations, joined; from then on only sticks reach them."""
    opened: list[NodeRuntime] = []

    def new(number: int = 1) -> NodeRuntime:
        config = joined(tmp_path / f"node{number}", *headquarters, f"4406{number:02d}")
        opened.append(NodeRuntime.open(replace(config, hub_url=NOWHERE)))
        return opened[-1]

    yield new
    for runtime in opened:
        runtime.close()
