"""node.learning.scorm_tickets: what a ticket opens, and how long."""

from __future__ import annotations

from node.learning import scorm_tickets
from node.learning.scorm_tickets import DAY_S, Ticket
from tests.node.conftest import START

KEY = "k"
NOW = START + 5 * DAY_S


def test_a_ticket_opens_what_it_names_for_two_days() -> None:
    named = Ticket("food", 3, "golf")
    text = named.text(KEY, NOW)
    assert scorm_tickets.check(text, KEY, NOW) == named
    assert scorm_tickets.check(text, KEY, NOW + DAY_S) == named
    assert scorm_tickets.check(text, KEY, NOW + 2 * DAY_S) is None
    assert scorm_tickets.check(text, "other", NOW) is None


def test_a_ticket_is_the_same_all_day_so_that_what_browsers_keep_is_found_again() -> None:
    begins = NOW - NOW % DAY_S
    assert Ticket("a", 1, "b").text(KEY, begins) == Ticket("a", 1, "b").text(KEY, begins + 80_000)


def test_no_altered_ticket_opens_anything() -> None:
    text = Ticket("food", 3, "golf").text(KEY, NOW)
    for at in range(len(text)):
        for put in ("", "0", "a", ".", "\n", "é"):
            altered = text[:at] + put + text[at + 1 :]
            if altered != text:
                assert scorm_tickets.check(altered, KEY, NOW) is None, altered
