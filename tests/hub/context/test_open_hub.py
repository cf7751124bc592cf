"""A hub's data folder: made once, its secrets for its user only, its settings checked."""

import shutil
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, make_url
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError

from hub import config
from hub.__main__ import main
from hub.config import Config
from hub.context import open_hub
from hub.context.open_hub import ADMIN, Hub
from hub.errors import (
    AlreadyInitialised,
    BadSetting,
    DatabaseEmpty,
    DatabaseNewer,
    NotInitialised,
    StoreUnavailable,
)
from hub.store import audit, counters, engine, roles, schema, units, users
from hub.store import orders as stored_orders
from hub.store.engine import migrate, reading, writing
from hub.store.orders import Placed
from hub.store.schema import metadata
from sync.exchange import Order
from sync.secrets import secret_matches
from tests.hub.conftest import Clock
from tests.hub.postgresql import new_database


def test_init_makes_keys_that_only_their_user_can_read(tmp_path: Path) -> None:
    open_hub.create(Config(data=tmp_path / "hub"))
    for name in ("hub.key", "cookie.key"):
        file = tmp_path / "hub" / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(file.read_bytes()) == 32
    assert list((tmp_path / "hub").glob("*.part")) == []


def test_the_first_password_opens_the_administrators_account(tmp_path: Path) -> None:
    password = open_hub.create(Config(data=tmp_path))
    hub = open_hub.open_hub(tmp_path)
    with reading(hub.engine) as connection:
        user = users.by_name(connection, ADMIN)
        assert user is not None
        [held] = roles.of_user(connection, user.id)
        entry = audit.latest(connection)[0]
        assert (entry.user, entry.what) == ("system", "init")
    assert (held.role, held.unit.parent_id) == ("admin", None)
    assert (user.active, user.must_change) == (True, True)
    assert secret_matches(password, user.password)
    hub.close()


def test_nobody_else_can_look_into_the_data_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    open_hub.create(Config(data=tmp_path))
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_init_never_replaces_a_key(tmp_path: Path) -> None:
    open_hub.create(Config(data=tmp_path))
    before = (tmp_path / "hub.key").read_bytes()
    with pytest.raises(AlreadyInitialised, match="its key is kept"):
        open_hub.create(Config(data=tmp_path))
    assert (tmp_path / "hub.key").read_bytes() == before


def test_a_folder_without_a_hub_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotInitialised, match="init"):
        open_hub.open_hub(tmp_path)


def test_settings_are_read_and_unknown_or_wrong_ones_refused(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text('port = 9000\naddress = "https://hub.example"\n', "utf-8")
    assert config.load(tmp_path).port == 9000
    for text, match in (
        ("prot = 9000\n", "prot: no such setting"),
        ('port = "9000"\n', "port: must be"),
        ("port = true\n", "port: must be"),
        ("data = '/'\n", "data: no such setting"),
        ("port = \n", "file: "),
    ):
        file.write_text(text, "utf-8")
        with pytest.raises(BadSetting, match=match):
            config.load(tmp_path)


def test_the_data_folder_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(config.DATA_VARIABLE, "/srv/hub")
    assert config.default_data() == Path("/srv/hub")


def test_orders_of_an_older_database_are_kept_with_their_marks(tmp_path: Path) -> None:
    opened = engine.open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    migrate(opened, "0004")
    order = {"scope": "up", "unit_id": 1, "node_id": 0, "kind": "roster", "body": b"{}"}
    with writing(opened) as connection:
        for mark in (7, 3):
            connection.execute(insert(schema.orders), {**order, "mark": mark, "key": f"L{mark}"})
        connection.execute(insert(schema.counter), {"name": "orders", "value": 7})
    migrate(opened)
    with writing(opened) as connection:
        units.add_root(connection, "总局")
        [root] = units.below(connection, units.all_by_code(connection)["0"])
        assert stored_orders.after(connection, 5, root, 0, 9) == [
            Order(mark, "roster", f"L{mark}", b"{}") for mark in (3, 7)
        ]
        again = Placed("up", 1, 0, "roster", "L3", b'{"number":"L3"}')
        stored_orders.put(connection, [again])
        [changed] = stored_orders.after(connection, 5, root, 7, 9)
        assert (changed.mark, changed.body) == (8, again.body)
        assert stored_orders.of_kind(connection, "roster", ["L3"]) == [again]
    opened.dispose()


# Of an index over an expression SQLite tells too little; on PostgreSQL it is compared.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings(
    "ignore:autogenerate skipping metadata-specified expression-based index"
)
def test_the_tables_that_migrations_make_are_those_of_the_schema(hub: Hub) -> None:
    migrate(hub.engine)
    with hub.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_a_counter_gives_no_number_twice_and_loses_none_to_a_failure(hub: Hub) -> None:
    with writing(hub.engine) as connection:
        assert counters.take(connection, "new", 3) == 1
    with hub.engine.connect() as connection:
        assert counters.take(connection, "new") == 4
        connection.rollback()
    with writing(hub.engine) as connection:
        assert counters.take(connection, "new", 2) == 4
        assert counters.last(connection, "new") == 5


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    open_hub.create(Config(data=tmp_path))
    (tmp_path / "hub.toml").write_text('database = "postgresql+psycopg://localhost:1/no"\n')
    with pytest.raises(StoreUnavailable, match="database is not available"):
        open_hub.open_hub(tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, to the byte."""
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def is_of(hub: Hub, revision: str | None = None) -> str:
    """The release of a hub's tables, as the database says; ``revision``: after it says so."""
    with writing(hub.engine) as connection:
        if revision:
            connection.execute(
                sql("UPDATE alembic_version SET version_num = :to"), {"to": revision}
            )
        release = connection.execute(sql("SELECT version_num FROM alembic_version")).scalar_one()
    hub.close()
    return str(release)


def test_an_older_program_refuses_a_newer_database_and_touches_nothing(
    hub: Hub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = is_of(hub)
    is_of(hub, "9999")
    before = contents(hub.config.data)
    with pytest.raises(DatabaseNewer, match="install that release again") as refused:
        open_hub.open_hub(hub.config.data)
    assert refused.value.revision == "9999"
    monkeypatch.setattr("sys.argv", ["xuezhan-hub", "--data", str(hub.config.data), "status"])
    assert main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("database-newer: a newer release")
    assert contents(hub.config.data) == before
    assert is_of(hub) == "9999"
    is_of(hub, ours)
    open_hub.open_hub(hub.config.data).close()


def test_a_database_of_an_older_release_is_brought_to_this_one(sqlite_hub: Hub) -> None:
    ours, older = is_of(sqlite_hub), sqlite_hub.config.data / "older.db"
    database = engine.open_engine(f"sqlite+pysqlite:///{older}")
    migrate(database, "0007")
    with writing(database) as connection:
        connection.execute(
            sql("INSERT INTO unit (id, code, name, level, path) VALUES (1, '0', '总局', 0, '/1/')")
        )
    database.dispose()
    config.save_database(sqlite_hub.config.data, f"sqlite+pysqlite:///{older}")
    assert is_of(open_hub.open_hub(sqlite_hub.config.data)) == ours


def test_a_new_hub_is_not_made_in_a_newer_database(hub: Hub, tmp_path: Path) -> None:
    is_of(hub, "9999")
    settings = Config(data=tmp_path / "other", database=hub.config.database_url)
    with pytest.raises(DatabaseNewer):
        open_hub.create(settings)
    assert not settings.data.exists()
    assert is_of(hub) == "9999"


@pytest.mark.parametrize("with_tables", [False, True], ids=["nothing", "tables"])
def test_a_hub_without_its_database_refuses_and_does_not_begin_anew(
    hub: Hub, request: pytest.FixtureRequest, tmp_path: Path, with_tables: bool
) -> None:
    """It points at an empty database, or at one that an earlier release began in this way."""
    hub.close()
    if hub.engine.dialect.name == "postgresql":
        address, _template = request.getfixturevalue("postgresql")
        empty = new_database(address, f"empty{with_tables}".lower())
    else:
        empty = f"sqlite+pysqlite:///{tmp_path / 'empty.db'}"
    database = engine.open_engine(empty)
    if with_tables:
        migrate(database)
    database.dispose()
    (hub.config.data / "hub.toml").write_text(f'database = "{empty}"\n', "utf-8")
    before = contents(tmp_path)
    with pytest.raises(DatabaseEmpty, match="correct `database` in hub.toml"):
        open_hub.open_hub(hub.config.data)
    assert contents(tmp_path) == before
    with database.connect() as connection:
        assert bool(inspect(connection).get_table_names()) == with_tables
    database.dispose()


def test_a_hub_whose_database_file_is_gone_makes_none(sqlite_hub: Hub) -> None:
    sqlite_hub.close()
    file = sqlite_hub.config.data / "hub.db"
    for beside in sqlite_hub.config.data.glob("hub.db*"):
        beside.unlink()
    with pytest.raises(DatabaseEmpty, match="restore the database"):
        open_hub.open_hub(sqlite_hub.config.data)
    assert not file.exists()
    file.touch()
    with pytest.raises(DatabaseEmpty):
        open_hub.open_hub(sqlite_hub.config.data)
    assert file.stat().st_size == 0


def test_what_is_refused_shows_no_password_of_the_database() -> None:
    url = make_url("postgresql+psycopg://hub:geheim@db/hub")
    for fault in (
        DatabaseEmpty("/srv/hub", url.render_as_string()),
        DatabaseNewer(url.render_as_string(), "9999"),
    ):
        assert "geheim" not in str(fault)


def test_a_database_that_stays_busy_is_named(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = engine.open_engine(sqlite_hub.config.database_url)
    monkeypatch.setattr(engine, "BUSY_MS", 10)
    hasty = engine.open_engine(sqlite_hub.config.database_url)
    with writing(other), pytest.raises(StoreUnavailable, match="locked"), writing(hasty):
        pass
    other.dispose()
    hasty.dispose()


def test_a_database_that_cannot_be_read_is_named(sqlite_template: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sqlite_template, tmp_path / "hub")
    broken = b"what a dying disk gives instead of a database" * 100
    (folder / "hub.db").write_bytes(broken)
    with pytest.raises(StoreUnavailable, match="not a database"):
        open_hub.open_hub(folder)


def test_a_fault_of_ours_is_not_said_to_be_the_database_s(sqlite_hub: Hub) -> None:
    row = {"name": "twice", "value": 1}
    with pytest.raises(IntegrityError), writing(sqlite_hub.engine) as connection:
        connection.execute(insert(schema.counter), [row, row])


def test_the_hub_keeps_its_clock_in_its_hands(hub: Hub, clock: Clock) -> None:
    clock.at += 5
    assert hub.now() == clock.at


def test_noting_the_database_again_leaves_settings_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("threads = 3\n", "utf-8")
    for _ in range(2):  # the first time, the disk may have refused at the very end
        config.save_database(tmp_path, "postgresql://hub")
    loaded = config.load(tmp_path)
    assert (loaded.threads, loaded.database) == (3, "postgresql://hub")
