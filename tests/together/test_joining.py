"""One-time codes between a real hub and real stations: each works once, for one machine."""

from pathlib import Path

import pytest

from install.servers import CommandFailed, ask
from tests.together.conftest import Headquarters

pytestmark = pytest.mark.slow


def test_a_wrong_code_is_refused_and_the_right_one_still_works(
    headquarters: Headquarters, tmp_path: Path
) -> None:
    address, code = headquarters.server.address, headquarters.code("1010")
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    with pytest.raises(CommandFailed, match="接入码不对"):
        ask("node", tmp_path / "pc", "join", address, wrong)
    assert "已加入：第1010所" in ask("node", tmp_path / "pc", "join", address, code)


def test_a_used_code_is_refused_to_another_machine(
    headquarters: Headquarters, tmp_path: Path
) -> None:
    address, code = headquarters.server.address, headquarters.code("1011")
    ask("node", tmp_path / "first", "join", address, code)
    with pytest.raises(CommandFailed, match="已经用过"):
        ask("node", tmp_path / "second", "join", address, code)
    with pytest.raises(CommandFailed, match="还没有加入学站"):
        ask("node", tmp_path / "second", "status")


def test_a_machine_that_has_joined_does_not_join_again(
    headquarters: Headquarters, tmp_path: Path
) -> None:
    address, code = headquarters.server.address, headquarters.code("1009")
    ask("node", tmp_path / "pc", "join", address, code)
    with pytest.raises(CommandFailed, match="already-joined"):
        ask("node", tmp_path / "pc", "join", address, code)
