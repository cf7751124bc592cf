"""The page of headquarters' keys: what it says, and when the overview warns of it."""

from __future__ import annotations

from hub.cli.root import BY
from hub.context import open_hub
from hub.context.open_hub import Hub, rotate_key
from hub.reports import signing_keys
from hub.reports.signing_keys import DAY_S, WARN_DAYS, Advice
from tests.hub.conftest import Clock, publish_course
from tests.hub.visitors import visitor


def test_the_page_names_keys_places_dates_and_what_to_do(hub: Hub) -> None:
    publish_course(hub)
    there = signing_keys.standing(hub)
    assert there is not None
    page = visitor(hub).get("/keys")
    for office in (*there.top, *there.delegated):
        for holder in office.holders:
            assert holder.fingerprint in page
    assert "根密钥没有加密" in page
    assert "xuezhan-hub trust init" in page
    assert f"{there.kept[0].version}</td>" in page
    assert "trust renew" not in page


def test_the_overview_speaks_up_in_time_for_the_root_keys_to_be_fetched(
    hub: Hub, clock: Clock
) -> None:
    publish_course(hub)
    assert signing_keys.pressing(hub) == []
    there = signing_keys.standing(hub)
    assert there is not None
    expires = {entry.role: entry.expires for entry in there.kept}["root"]
    clock.at = expires - WARN_DAYS * DAY_S + 1
    assert Advice("expires", "root", expires) in signing_keys.pressing(hub)
    assert "trust renew" in visitor(hub).get("/keys")


def test_a_draft_is_waited_for(hub: Hub) -> None:
    publish_course(hub)
    (hub.config.trust / "draft.json").write_text("{}", "utf-8")
    assert signing_keys.pressing(hub) == [Advice("draft")]
    assert "有一份草案等签名" in visitor(hub).get("/keys")


def test_a_changed_key_and_the_one_before_are_shown(hub: Hub, clock: Clock) -> None:
    before = hub.ring.current.public.fingerprint()
    after = rotate_key(hub, BY).current.public.fingerprint()
    again = open_hub.open_hub(hub.config.data, clock)
    page = visitor(again).get("/keys")
    assert before in page
    assert after in page
    again.close()
