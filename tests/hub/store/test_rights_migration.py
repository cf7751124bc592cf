"""A hub of the release before rights: what its people, courses and banks are afterwards."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, MetaData, insert, text

from hub.rights import Role
from hub.store import banks, courses, drafts, engine, roles, sessions, units, users
from hub.store.engine import migrate, reading, writing
from hub.store.scope import Scope
from tests.hub.postgresql import new_database

# A province and one of its counties, beside another province.
UNITS = (
    (1, None, "0", "总局", 0, "/1/"),
    (2, 1, "43", "云岭省", 1, "/1/2/"),
    (3, 2, "4301", "清溪县", 2, "/1/2/3/"),
    (4, 1, "44", "海南省", 1, "/1/4/"),
)
# Name, unit (None: headquarters), role, whether the account is open.
PEOPLE = (
    ("admin", None, "admin", True),
    ("省管", 2, "admin", True),
    ("县编", 3, "author", True),
    ("县审", 3, "reviewer", True),
    ("看客", None, "viewer", True),
    ("走了", 4, "author", False),
)
# Course, version, who published it; the lowest version says whose the course is.
PUBLISHED = (
    ("food", 1, "县编"),
    ("food", 2, "admin"),
    ("law", 3, "省管"),
    ("scales", 1, "command line"),
    ("meat", 1, "走了"),
)
TOKEN = "of somebody who is logged in"  # noqa: S105

_databases = count(1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of the release before, with nothing in it."""
    address = f"sqlite:///{tmp_path / 'old.db'}"
    if request.param == "postgresql":
        server, _template = request.getfixturevalue("postgresql")
        address = new_database(server, f"old_rights{next(_databases)}")
    opened = engine.open_engine(address)
    migrate(opened, "0008")
    yield opened
    opened.dispose()


@pytest.fixture
def moved(empty: Engine) -> Engine:
    """The same after people have worked with it, brought to this release."""
    with writing(empty) as connection:
        _fill(connection)
    migrate(empty)
    return empty


def _fill(connection: Connection) -> None:
    """Rows as that release wrote them, into its own tables."""
    old = MetaData()
    old.reflect(connection)
    tables = old.tables
    for at in UNITS:
        connection.execute(insert(tables["unit"]).values(at))
    for name, unit_id, role, active in PEOPLE:
        connection.execute(
            insert(tables["user"]).values(
                name=name, password=f"hash of {name}", unit_id=unit_id, role=role, active=active
            )
        )
    connection.execute(
        insert(tables["session"]).values(id=sessions.session_id(TOKEN), user_id=1, began_at=10)
    )
    for course_id, version, by in PUBLISHED:
        connection.execute(
            insert(tables["course"]).values(
                id=course_id, version=version, title=course_id, category="", required=True,
                hours="1", credits="1", manifest_sha="ab", size=1, exam_key="",
                published_at=version, published_by=by,
            )
        )  # fmt: skip
    connection.execute(
        insert(tables["bank"]).values(
            id=1, unit_id=1, title="总局题库", made_at=1, made_by="admin", active=True
        )
    )
    connection.execute(
        insert(tables["draft"]).values(
            id="food", unit_id=3, title="食品", state="draft", edition=2, body="{}",
            authors='["县编"]', digest="", changed_at=5, changed_by="县编",
        )
    )  # fmt: skip


def _scope(connection: Connection, code: str) -> Scope:
    """Somebody at this unit who also uses what is shared from above."""
    unit = units.by_code(connection, code)
    assert unit is not None
    return Scope((unit,), True)


def test_everybody_holds_the_role_they_had_at_the_unit_they_had(moved: Engine) -> None:
    with reading(moved) as connection:
        people = users.every(connection)
        held = roles.of_users(connection, [user.id for user in people])
    assert {user.name: user.active for user in people} == {
        name: active for name, _unit, _role, active in PEOPLE
    }
    assert {
        user.name: [(each.role, each.unit.id) for each in held[user.id]] for user in people
    } == {name: [(role, unit_id or 1)] for name, unit_id, role, _active in PEOPLE}
    assert {each.role for has in held.values() for each in has} <= set(Role)


def test_nobody_has_to_choose_a_password_or_gets_a_second_factor(moved: Engine) -> None:
    with reading(moved) as connection:
        people = users.every(connection)
    assert {user.password for user in people} == {f"hash of {row[0]}" for row in PEOPLE}
    assert {
        (user.must_change, user.totp, user.totp_step, user.real_name, user.telephone)
        for user in people
    } == {(False, "", 0, "", "")}


def test_who_was_logged_in_logs_in_again(moved: Engine) -> None:
    with writing(moved) as connection:
        assert sessions.user_of(connection, TOKEN, 0) is None
        assert sessions.of_user(connection, 1, 0) == []
        sessions.begin(connection, TOKEN, 1, 20, "10.0.0.9", "Firefox")
        user = sessions.user_of(connection, TOKEN, 0)
    assert user is not None
    assert user.name == "admin"


def test_a_course_is_of_the_unit_whose_account_published_it_first(moved: Engine) -> None:
    with reading(moved) as connection:
        owners = courses.owners(connection)
    assert {course_id: owner.unit.code for course_id, owner in owners.items()} == {
        "food": "4301", "law": "43", "scales": "0", "meat": "44",
    }  # fmt: skip
    assert {owner.copied_from for owner in owners.values()} == {""}


def test_a_bank_of_headquarters_is_closed_to_counties_until_it_is_opened(moved: Engine) -> None:
    with writing(moved) as connection:
        county = _scope(connection, "4301")
        assert [row.title for row in banks.listed(connection, _scope(connection, "0"))] == [
            "总局题库"
        ]
        assert banks.listed(connection, county) == []
        connection.execute(text("UPDATE bank SET open = true WHERE id = 1"))
        assert [row.title for row in banks.listed(connection, county)] == ["总局题库"]


def test_a_draft_goes_on_as_its_authors_own(moved: Engine) -> None:
    with reading(moved) as connection:
        [row] = drafts.listed(connection, _scope(connection, "4301"))
        copied_from = connection.scalar(text("SELECT copied_from FROM draft"))
    assert (row.id, row.state, row.changed_by, copied_from) == ("food", "draft", "县编", "")


def test_accounts_that_come_later_get_numbers_of_their_own(moved: Engine) -> None:
    with writing(moved) as connection:
        number = users.add(connection, "新来", "hash", must_change=True)
        assert number == len(PEOPLE) + 1


def test_a_database_without_accounts_is_brought_up_too(empty: Engine) -> None:
    migrate(empty)
    with reading(empty) as connection:
        assert users.every(connection) == []
        assert courses.owners(connection) == {}
