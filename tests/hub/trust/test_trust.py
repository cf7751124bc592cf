"""Root keys, delegations and what they sign, through the commands that people use."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete
from tuf.api.metadata import Metadata, Root

import sync.secrets
from content.transfer.releases import release_path, unpack_bundle
from hub.__main__ import cli
from hub.config import load
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.errors import KeyAway, TrustRefused
from hub.publishing import releases
from hub.store import releases as stored
from hub.store.engine import reading, writing
from hub.store.schema import trust
from hub.trust import ceremony, keys, repository
from sync.errors import WrongPassphrase
from sync.secrets import lock, unlock
from sync.signing import SigningKey
from tests.hub.conftest import publish_course

WORDS = "correct horse battery"
SHA = "ab" * 32


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.secrets, "_LOCK_MEMORY_KIB", 64)


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    data = tmp_path / "hub"
    data.mkdir()
    open_hub.create(load(data))
    return open_hub.open_hub(data)


@pytest.fixture
def run(hub: Hub, tmp_path: Path) -> Callable[..., Result]:
    (tmp_path / "pass").write_text(WORDS + "\n")
    (tmp_path / "stick").mkdir()

    def run(*words: str | Path, data: Path | None = None) -> Result:
        passphrase = ["--passphrase-file", str(tmp_path / "pass")] if words[0] != "status" else []
        where = ["--data", str(data or hub.config.data), "trust"]
        return CliRunner().invoke(cli, [*where, *map(str, words), *passphrase])

    return run


def good(done: Result) -> str:
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def root_of(hub: Hub) -> Root:
    with reading(hub.engine) as connection:
        return ceremony.current_root(connection)


def release(hub: Hub, course: str, version: int = 1, key: SigningKey | None = None) -> None:
    with writing(hub.engine) as connection:
        trust, now = hub.config.trust, hub.now()
        repository.release(connection, trust, now, course, version, SHA, key)


def pieces(hub: Hub, course: str, version: int = 1) -> list[str]:
    bundle = releases.bundle(hub, {}, [release_path(course, version)])
    return [name.partition(".")[2] for name in unpack_bundle(bundle)]


def root_keys(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "stick").glob("root-*.key"))


def keyed(files: list[Path]) -> list[str]:
    return [word for file in files for word in ("--key", str(file))]


def test_a_new_hub_has_keys_and_says_that_the_root_lies_open(
    hub: Hub, run: Callable[..., Result]
) -> None:
    output = good(run("status"))
    assert "! 根密钥没有加密" in output
    assert (hub.config.trust / "root.key").stat().st_mode & 0o077 == 0
    assert root_of(hub).version == 1
    release(hub, "food")
    assert pieces(hub, "food")[:4] == ["root", "timestamp", "snapshot", "targets"]


def test_root_keys_move_to_sticks_and_none_stays(
    hub: Hub, run: Callable[..., Result], tmp_path: Path
) -> None:
    release(hub, "food")
    good(run("init", tmp_path / "stick", "--keys", "3", "--threshold", "2"))
    root = root_of(hub)
    assert (root.version, root.roles["root"].threshold, len(root.roles["root"].keyids)) == (2, 2, 3)
    assert not (hub.config.trust / "root.key").exists()
    assert "!" not in good(run("status"))
    for file in root_keys(tmp_path):
        assert "secret" not in file.read_text()
        assert file.stat().st_mode & 0o077 == 0
    refused = run("init", tmp_path / "stick")
    assert isinstance(refused.exception, TrustRefused)
    release(hub, "law")  # daily work needs none of them
    assert pieces(hub, "law")[:2] == ["root", "root"]


def test_two_of_three_have_to_sign_and_may_do_so_elsewhere(
    hub: Hub, run: Callable[..., Result], tmp_path: Path
) -> None:
    good(run("init", tmp_path / "stick", "--keys", "3", "--threshold", "2"))
    first, second, _third = root_keys(tmp_path)
    output = good(run("rotate", "online", "--key", first))
    assert "还差 1 个签名" in output
    assert root_of(hub).version == 2
    assert "草案" in good(run("status"))
    draft = hub.config.trust / "draft.json"
    away = tmp_path / "away.json"
    away.write_bytes(draft.read_bytes())
    elsewhere = good(run("sign", away, "--key", second, data=tmp_path / "nowhere"))
    assert "已签名" in elsewhere
    assert "root v3" in elsewhere
    assert "已采用" in good(run("sign", away))
    assert root_of(hub).version == 3
    assert not draft.exists()
    release(hub, "food")
    assert pieces(hub, "food").count("root") == 3


def test_one_signature_twice_is_one(hub: Hub, run: Callable[..., Result], tmp_path: Path) -> None:
    good(run("init", tmp_path / "stick", "--keys", "2", "--threshold", "2"))
    [first, _second] = root_keys(tmp_path)
    good(run("renew", *keyed([first, first])))
    assert root_of(hub).version == 2


def test_a_draft_that_was_changed_or_is_old_is_not_taken(
    hub: Hub, run: Callable[..., Result], tmp_path: Path
) -> None:
    good(run("init", tmp_path / "stick", "--keys", "2", "--threshold", "2"))
    both = root_keys(tmp_path)
    good(run("renew", *keyed(both[:1])))
    draft = hub.config.trust / "draft.json"
    old = draft.read_text()
    draft.write_text(old.replace('"threshold": 2', '"threshold": 1'))
    output = good(run("sign", draft, *keyed(both[1:])))  # changed after the first had signed
    assert "还差 1 个签名" in output
    draft.write_text(old)
    good(run("sign", *keyed(both[1:])))
    assert root_of(hub).version == 3
    draft.write_text(old)
    refused = run("sign", *keyed(both[1:]))
    assert refused.exit_code != 0
    assert root_of(hub).version == 3
    for garbage in ("", "{}", "[" * 100_000, '{"format":"xuezhan-trust-draft-1"}'):
        draft.write_text(garbage)
        assert isinstance(run("sign", draft).exception, TrustRefused)


def test_a_province_releases_its_own_courses_and_no_others(
    hub: Hub, run: Callable[..., Result], tmp_path: Path
) -> None:
    release(hub, "p44-tax")
    assert pieces(hub, "p44-tax")[4] == "hq"
    good(run("delegate", "p44"))
    release(hub, "p44-tax", 2)
    assert pieces(hub, "p44-tax", 2)[4] == "p44"
    assert pieces(hub, "food")[4] == "hq"
    with reading(hub.engine) as connection:
        assert stored.newest(connection, "p44-0") is not None
    assert isinstance(run("delegate", "p44").exception, TrustRefused)
    for name in ("root", "hq", "online", "p-44", "x/y"):
        assert isinstance(run("delegate", name).exception, TrustRefused)
    good(run("withdraw", "p44"))
    release(hub, "p44-tax", 3)
    assert pieces(hub, "p44-tax", 3)[4] == "hq"


def test_a_province_that_keeps_its_key_signs_each_release(
    hub: Hub, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "stick" / "p44.key"
    good(run("key", file))
    good(run("delegate", "p44", "--public", file.with_suffix(".pub")))
    with pytest.raises(KeyAway, match="--key"):
        release(hub, "p44-tax")
    with pytest.raises(KeyAway):
        release(hub, "p44-tax", key=SigningKey.generate())
    release(hub, "p44-tax", key=keys.read(file, lambda: WORDS))
    assert pieces(hub, "p44-tax")[4:6] == ["p44", pieces(hub, "p44-tax")[5]]
    release(hub, "p44-tax")  # repeating it asks for no key
    releases.sign_anew(hub)
    assert "不在枢纽上" in good(run("status"))


def test_a_hub_signs_what_it_had_published_before(hub: Hub, tmp_path: Path) -> None:
    publish_course(hub, unit="0")
    with writing(hub.engine) as connection:
        connection.execute(delete(trust))
    hub.close()
    again = open_hub.open_hub(hub.config.data)
    assert len(pieces(again, "food")) == 6
    again.close()


def after(days: int) -> int:
    return open_hub.unix_now() + days * 86_400


def test_timestamps_are_of_today_and_the_rest_of_this_half_life(hub: Hub) -> None:
    release(hub, "food")

    def version(role: str) -> int:
        with reading(hub.engine) as connection:
            newest = stored.newest(connection, role)
        assert newest is not None
        return newest.version

    before = {role: version(role) for role in ("timestamp", "hq", "root", "targets")}
    releases.bundle(hub, {}, [])
    assert version("timestamp") == before["timestamp"]
    for days, changed in ((2, {"timestamp"}), (400, {"timestamp", "hq"}), (700, set(before))):
        later = replace(hub, now=partial(after, days))
        releases.bundle(later, {}, [])
        assert {role for role in before if version(role) > before[role]} == changed
    with reading(hub.engine) as connection:
        root = stored.root(connection, 2)
    assert root is not None
    Metadata[Root].from_bytes(root).verify_delegate("root", Metadata[Root].from_bytes(root))


def test_a_passphrase_opens_its_key_and_no_other_does(tmp_path: Path) -> None:
    file, key = tmp_path / "a.key", SigningKey.generate()
    keys.write(file, key, WORDS)
    assert keys.read(file, lambda: WORDS) == key
    with pytest.raises(WrongPassphrase, match="does not open"):
        keys.read(file, lambda: WORDS + " ")
    for garbage in ("", "{}", '{"format":"xuezhan-trust-key-1"}', "[1"):
        file.write_text(garbage)
        with pytest.raises(TrustRefused, match="key file"):
            keys.read(file, lambda: WORDS)


def test_a_locked_key_that_asks_for_all_memory_is_refused() -> None:
    locked = lock(b"x" * 32, WORDS)
    assert unlock(locked, WORDS) == b"x" * 32
    parts = locked.split("$")
    parts[1] = "99999999"
    with pytest.raises(WrongPassphrase, match="of ours"):
        unlock("$".join(parts), WORDS)
    with pytest.raises(WrongPassphrase):
        unlock("argon2id$1$2", WORDS)
