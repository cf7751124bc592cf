"""What the hub has signed for, as learners and keepers see, print and export it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from node.__main__ import cli
from node.exchange import lineage, receipts
from node.exchange.lineage import ReceiptMark
from node.keeper import health as well_being
from node.runtime import NodeRuntime
from node.store import journal, meta, outbox, results
from sync.receipt import Receipt, seal_receipt, unseal_receipt
from sync.signing import SigningKey
from tests.node.conftest import HUB_KEY, NODE, START
from tests.node.web.study.test_results import GRADED, sit

HASH = bytes.fromhex("3f9a2c") + bytes(29)


def give_receipt(runtime: NodeRuntime, seq: int, key: SigningKey = HUB_KEY) -> None:
    """The hub signs for all up to ``seq``."""
    receipt = Receipt(NODE, 1, seq, HASH, (START + 60) * 1000, 9, bytes(32))
    raw = seal_receipt(receipt, key)
    runtime.store.write(lambda conn: outbox.take_receipt(conn, receipt, raw, START + 60))


def head(runtime: NodeRuntime) -> int:
    return journal.head(runtime.store.read(), 1)


def test_the_learner_sees_that_headquarters_has_the_answers_before_they_are_graded(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    sit(learner)
    assert "等线路" in learner.get("/results").text
    give_receipt(runtime, head(runtime) + 5)
    page = learner.get("/results").text
    assert f"7-1-{head(runtime)}-3f9a2c" in page
    assert "总局已收到" in page
    assert "等线路" not in page


def test_a_receipt_before_the_hand_in_is_not_its_receipt(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    sit(learner)
    give_receipt(runtime, head(runtime) - 1)
    assert "等线路" in learner.get("/results").text
    assert learner.get("/results/food/final/1/receipt").status_code == 404


def test_the_slip_says_what_when_which_number_and_who_signed(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    sit(learner)
    give_receipt(runtime, head(runtime))
    runtime.store.write(lambda conn: results.put(conn, GRADED))
    page = learner.get("/results/food/final/1/receipt").text
    for text in (
        "张一（A1001）", "食品安全日常检查", "结业考试", "第 1 次",
        f"7-1-{head(runtime)}-3f9a2c", HUB_KEY.public.fingerprint(), "2026-11-18 19:07", "红旗所",
    ):  # fmt: skip
        assert text in page


def test_nobody_prints_the_slip_of_another(
    learner: FlaskClient, runtime: NodeRuntime, keeper: FlaskClient
) -> None:
    sit(learner)
    give_receipt(runtime, head(runtime))
    from tests.node.conftest import OTHER, PIN

    learner.post("/sign-out")
    learner.post("/sign-in", data={"number": OTHER, "pin": PIN})
    assert learner.get("/results/food/final/1/receipt").status_code == 404
    assert keeper.get("/results/food/final/1/receipt").status_code == 302


def test_the_keeper_sees_and_prints_the_last_receipt(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    assert keeper.get("/keeper/sync/receipt").status_code == 404
    give_receipt(runtime, 12)
    give_receipt(runtime, 30)
    assert "回执号 7-1-30-3f9a2c" in keeper.get("/keeper/sync").text
    page = keeper.get("/keeper/sync/receipt").text
    assert "7-1-30-3f9a2c" in page
    assert HUB_KEY.public.fingerprint() in page


def test_exported_receipts_are_checked_with_the_hubs_key_alone(
    runtime: NodeRuntime, tmp_path: Path
) -> None:
    give_receipt(runtime, 12)
    give_receipt(runtime, 30)
    file = tmp_path / "receipts.json"
    done = CliRunner().invoke(
        cli, ["receipts", "export", str(file), "--data", str(runtime.config.data)]
    )
    assert done.exit_code == 0, done.output
    exported = json.loads(file.read_text("utf-8"))
    assert exported["hub_keys"] == [HUB_KEY.public.to_bytes().hex()]
    sealed = [bytes.fromhex(entry["receipt"]) for entry in exported["receipts"]]
    assert [unseal_receipt(raw, HUB_KEY.public).seq for raw in sealed] == [12, 30]


def test_a_receipt_that_no_known_key_signed_names_no_signer(runtime: NodeRuntime) -> None:
    give_receipt(runtime, 12, SigningKey.generate())
    slip = receipts.newest(runtime.store.read())
    assert slip is not None
    assert slip.hub_key == ""


@pytest.mark.parametrize(
    ("refusal", "sentence", "todo"),
    [
        ("frozen", "总局发现本站有两份在运行", "关掉另一份学站"),
        ("cloned", "总局发现本站有两份在运行", "关掉另一份学站"),
        ("revoked", "总局停用了这台站点机", "打电话给总局"),
    ],
)
def test_the_keeper_is_told_what_to_do_when_headquarters_takes_nothing_more(
    keeper: FlaskClient, runtime: NodeRuntime, refusal: str, sentence: str, todo: str
) -> None:
    runtime.store.write(lambda conn: meta.put(conn, meta.REFUSAL, refusal))
    page = keeper.get("/keeper/").text
    assert "请做一件事：" in page
    assert todo in page
    assert sentence in page
    assert sentence in keeper.get("/keeper/sync").text


def test_the_keeper_is_told_that_a_backup_was_restored(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    assert "恢复了旧备份" not in keeper.get("/keeper/").text
    lineage.keep_mark(runtime.config.data, ReceiptMark(1, 40))
    page = keeper.get("/keeper/").text
    assert "本机恢复了旧备份" in page
    assert "立即同步" in page


def test_the_keeper_is_told_for_a_month_that_a_new_numbering_began(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    runtime.store.write(lambda conn: meta.put(conn, meta.EPOCH_BEGAN, str(START)))
    assert "接上了总局的记录" in keeper.get("/keeper/").text
    long_ago = str(START - well_being.NEW_EPOCH_S)
    runtime.store.write(lambda conn: meta.put(conn, meta.EPOCH_BEGAN, long_ago))
    assert "接上了总局的记录" not in keeper.get("/keeper/").text
