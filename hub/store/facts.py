"""Facts of learners: one packed state each (table ``facts``).

``sync.facts`` says what a state means; only ``hub.facts`` writes it. Two nodes can bring
records of one learner at once: code that changes states, or stores what follows from them, holds
the log (``hub.store.ledger``), so one waits for the other.
"""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, func, select

from hub.store.dialect import MAX_IN, upsert
from hub.store.schema import facts, setting

# Set by the migration that found facts without days, until they were folded again.
UNDATED = "facts without days"

_AMONG = (
    select(facts)
    .where(facts.c.learner.in_(bindparam("wanted", expanding=True)))
    .order_by(facts.c.learner)
)


def among(connection: Connection, learners: Sequence[str]) -> dict[str, bytes]:
    """The states of ``learners``, by number ("" if there is none)."""
    wanted = sorted(learners)
    states: dict[str, bytes] = dict.fromkeys(wanted, b"")
    for at in range(0, len(wanted), MAX_IN):
        rows = connection.execute(_AMONG, {"wanted": wanted[at : at + MAX_IN]})
        states.update((row.learner, row.state) for row in rows)
    return states


def put(connection: Connection, states: Mapping[str, bytes]) -> None:
    """Keep these states."""
    if not states:
        return
    connection.execute(
        upsert(connection.dialect.name, facts, ("learner",), ("state",)),
        [{"learner": number, "state": state} for number, state in states.items()],
    )


def get(connection: Connection, learner: str) -> bytes:
    """The state of one learner; b"" if nothing is known."""
    query = select(facts.c.state).where(facts.c.learner == learner)
    return connection.execute(query).scalar() or b""


def forget(connection: Connection, learner: str) -> None:
    """Drop the state of one learner: nothing is known any more."""
    connection.execute(delete(facts).where(facts.c.learner == learner))


def every(connection: Connection, chunk: int = 500) -> Iterator[list[tuple[str, bytes]]]:
    """All states by learner number, ``chunk`` at a time."""
    last = ""
    while True:
        query = select(facts).where(facts.c.learner > last).order_by(facts.c.learner).limit(chunk)
        rows = [(row.learner, row.state) for row in connection.execute(query)]
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def undated(connection: Connection) -> bool:
    """Whether some states are from before facts had days, with the latest possible days instead."""
    query = select(setting.c.value).where(setting.c.key == UNDATED)
    return connection.execute(query).first() is not None


def note_dated(connection: Connection) -> None:
    """All states were folded from the batches again."""
    connection.execute(delete(setting).where(setting.c.key == UNDATED))


def sample(connection: Connection, count: int) -> list[str]:
    """Up to ``count`` learners of whom something is known, spread over all numbers."""
    total = connection.execute(select(func.count()).select_from(facts)).scalar_one()
    by_number = select(facts.c.learner).order_by(facts.c.learner)
    places = sorted({total * place // count for place in range(count)}) if total else []
    return [
        str(connection.execute(by_number.limit(1).offset(place)).scalar_one()) for place in places
    ]


def forget_all(connection: Connection) -> None:
    """Drop every state: they are folded again from the batches."""
    connection.execute(delete(facts))
