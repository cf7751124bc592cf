from __future__ import annotations

import logging
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from content.transfer.blobs import BlobStore
from node.__main__ import cli
from node.config import Config
from node.errors import AlreadyJoined, HubRefused, LineError, NotTheHub, WrongJoinCode
from node.exchange.joining import KEEPER, join
from node.exchange.node_keys import FILE, load_key
from node.runtime import NodeRuntime
from node.sign_in import keeper_accounts
from node.sign_in.guessing import Source
from node.store import keepers, meta
from sync.enrolment import Code, new_code
from tests.node.conftest import HUB_KEY
from tests.node.small_hub import SmallHub, serving

CODE = new_code()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[SmallHub]:
    with serving(SmallHub(HUB_KEY, None, BlobStore(tmp_path / "hub"))) as hub:
        hub.code = CODE
        yield hub


@pytest.fixture
def new(config: Config, hub: SmallHub) -> Config:
    """The settings of a node that wants to join."""
    return replace(config, hub_url=hub.url)


def test_a_node_joins_by_its_code_and_knows_who_it_is(new: Config) -> None:
    identity, password = join(new, CODE.text.lower())
    assert (identity.node, identity.station, identity.name) == (7, "610102001", "红旗所")
    runtime = NodeRuntime.open(Config.load(new.data))
    keeper_accounts.sign_in(runtime, KEEPER, password, Source("10.0.0.1"))
    known = keepers.find(runtime.store.read(), KEEPER)
    assert known is not None
    assert known.initial
    assert meta.identity(runtime.store.read()) == identity
    assert runtime.courier.sync() == 0
    runtime.close()


def test_the_key_is_for_the_nodes_user_only(new: Config) -> None:
    join(new, CODE.text)
    assert stat.S_IMODE((new.data / FILE).stat().st_mode) == 0o600


def test_an_answer_by_somebody_without_the_code_is_not_believed(new: Config, hub: SmallHub) -> None:
    hub.portals = 1
    with pytest.raises(NotTheHub, match="malformed"):
        join(new, CODE.text)
    impostor = Code(CODE.id, "0" * 12)
    with pytest.raises(LineError):
        join(new, impostor.text)


def test_a_join_whose_answer_was_lost_goes_on_with_the_same_key(new: Config, hub: SmallHub) -> None:
    hub.losses = 1
    with pytest.raises(LineError, match="/join"):
        join(new, CODE.text)
    first = load_key(new.data).public.to_bytes()
    join(new, CODE.text)
    assert load_key(new.data).public.to_bytes() == first


def test_what_cannot_be_a_code_is_said_before_the_hub_is_asked(new: Config, hub: SmallHub) -> None:
    with pytest.raises(WrongJoinCode, match="16"):
        join(new, "K7QF-9M2P")
    assert hub.requests == []


def test_a_station_that_has_joined_does_not_join_again(new: Config) -> None:
    join(new, CODE.text)
    with pytest.raises(AlreadyJoined):
        join(new, CODE.text)


def test_the_command_joins_syncs_and_says_how_things_stand(new: Config, hub: SmallHub) -> None:
    data = ["--data", str(new.data)]
    joined = CliRunner().invoke(cli, ["join", hub.url, CODE.text, "--port", "8555", *data])
    assert joined.exit_code == 0, joined.output
    assert "红旗所" in joined.output
    assert KEEPER in joined.output
    assert Config.load(new.data).port == 8555
    assert "0 条" in CliRunner().invoke(cli, ["sync", *data]).output
    status = CliRunner().invoke(cli, ["status", *data]).output
    assert "待传记录：0 条" in status
    assert "从未" not in status
    logging.getLogger().handlers.clear()


def test_a_refusal_of_the_hub_is_named(new: Config, hub: SmallHub) -> None:
    hub.refusal_json = "used-code"
    with pytest.raises(HubRefused, match="used-code"):
        join(new, CODE.text)
