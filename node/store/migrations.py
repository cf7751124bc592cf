"""The tables, as steps: a released step is never edited, a new one goes at the end.

``SCHEMA_VERSION`` (``node.store.version``) counts the steps; user_version says which were applied,
so that a start with nothing to do need not import sqlite-utils.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database, Migrations

from node.store.version import SCHEMA_VERSION

steps = Migrations("node")

FIRST = """
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Append-only: one row a fact that this node noted; seq counts from 1 in each epoch.
CREATE TABLE journal (
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL CHECK (seq > 0),
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 255),
  learner TEXT NOT NULL,
  object TEXT NOT NULL,
  response TEXT NOT NULL DEFAULT '',
  exam TEXT NOT NULL DEFAULT '',
  numbers TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_learner ON journal (learner, epoch, seq);

-- Sealed batches, kept as they were first sealed until they are receipted.
CREATE TABLE sealed (
  epoch INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count > 0),
  hash BLOB NOT NULL,
  bytes BLOB NOT NULL,
  sealed_at INTEGER NOT NULL,
  PRIMARY KEY (epoch, first_seq)
) STRICT;
CREATE TABLE names (
  epoch INTEGER PRIMARY KEY,
  state TEXT NOT NULL
) STRICT;
CREATE TABLE receipt (
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  at_ms INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (epoch, seq)
) STRICT;
-- Each start of the program (SPEC.md §11); first_seq: the first record it may have noted.
CREATE TABLE boot (
  place INTEGER PRIMARY KEY,
  boot BLOB NOT NULL UNIQUE,
  epoch INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
-- Facts of learners that the hub gave back: what is noted here comes on top.
CREATE TABLE inherited (
  learner TEXT PRIMARY KEY,
  state BLOB NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE sync_try (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  took_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  sent INTEGER NOT NULL,
  bytes_up INTEGER NOT NULL,
  bytes_down INTEGER NOT NULL
) STRICT;

-- The newest order of each (kind, key), as the hub gave it.
CREATE TABLE orders (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  mark INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE learner (
  number TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  post TEXT NOT NULL DEFAULT '',
  unit TEXT NOT NULL DEFAULT '',
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  pin TEXT NOT NULL DEFAULT '',
  pin_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE class (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  opens TEXT NOT NULL,
  closes TEXT NOT NULL
) STRICT;
CREATE TABLE class_course (
  class TEXT NOT NULL REFERENCES class (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  course TEXT NOT NULL,
  PRIMARY KEY (class, place)
) STRICT;

-- What the hub wants here, and what is here (older versions stay while attempts refer to them).
CREATE TABLE wanted (
  course TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  manifest TEXT NOT NULL,
  size INTEGER NOT NULL,
  title TEXT NOT NULL,
  since INTEGER NOT NULL
) STRICT;
CREATE TABLE installed (
  course TEXT NOT NULL,
  version INTEGER NOT NULL,
  manifest_sha TEXT NOT NULL,
  manifest BLOB NOT NULL,
  at INTEGER NOT NULL,
  current INTEGER NOT NULL CHECK (current IN (0, 1)),
  PRIMARY KEY (course, version)
) STRICT;
CREATE UNIQUE INDEX installed_current ON installed (course) WHERE current = 1;

-- id is a hash of the cookie's secret: who reads the file cannot sign in with it.
CREATE TABLE session (
  id TEXT PRIMARY KEY,
  learner TEXT NOT NULL DEFAULT '',
  keeper TEXT NOT NULL DEFAULT '',
  began INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  source TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX session_seen ON session (seen);
CREATE TABLE keeper (
  name TEXT PRIMARY KEY,
  password TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  initial INTEGER NOT NULL DEFAULT 1 CHECK (initial IN (0, 1))
) STRICT;
-- subject: "learner 1001", "keeper 管理员", "source 10.0.0.7"
CREATE TABLE login_failure (
  subject TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1))
) STRICT;

-- Studying that goes on: the span seen so far, made one journal record when it ends.
CREATE TABLE sitting (
  learner TEXT NOT NULL,
  item TEXT NOT NULL,
  begin_s REAL NOT NULL,
  end_s REAL NOT NULL CHECK (end_s >= begin_s),
  touched_at INTEGER NOT NULL,
  PRIMARY KEY (learner, item)
) STRICT;
CREATE INDEX sitting_touched ON sitting (touched_at);

-- Attempts at exams; what happens in them is noted in the journal as well, in the same commit.
CREATE TABLE attempt (
  learner TEXT NOT NULL,
  exam TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number > 0),
  version INTEGER NOT NULL,
  began INTEGER NOT NULL,
  began_running_ms INTEGER NOT NULL,
  limit_ms INTEGER NOT NULL,
  given_back_s INTEGER NOT NULL DEFAULT 0,
  submitted_at INTEGER,
  paper TEXT NOT NULL,
  PRIMARY KEY (learner, exam, number)
) STRICT;
CREATE INDEX attempt_open ON attempt (submitted_at) WHERE submitted_at IS NULL;
CREATE TABLE attempt_answer (
  learner TEXT NOT NULL,
  exam TEXT NOT NULL,
  number INTEGER NOT NULL,
  question TEXT NOT NULL,
  response TEXT NOT NULL,
  counter INTEGER NOT NULL,
  PRIMARY KEY (learner, exam, number, question),
  FOREIGN KEY (learner, exam, number) REFERENCES attempt (learner, exam, number)
) STRICT;

CREATE TABLE result (
  learner TEXT NOT NULL,
  exam TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  node INTEGER NOT NULL,
  "right" INTEGER NOT NULL,
  total INTEGER NOT NULL,
  score INTEGER NOT NULL,
  passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
  submitted_at INTEGER NOT NULL,
  receipt_seq INTEGER NOT NULL,
  PRIMARY KEY (learner, exam, attempt, node)
) STRICT;
"""


# What practice keeps for the learner alone: nothing of it is a record, nothing travels.
PRACTICE = """
CREATE TABLE star (
  learner TEXT NOT NULL,
  question TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (learner, question)
) STRICT, WITHOUT ROWID;

CREATE TABLE mock (
  learner TEXT NOT NULL,
  course TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number > 0),
  version INTEGER NOT NULL,
  began INTEGER NOT NULL,
  began_running_ms INTEGER NOT NULL,
  limit_ms INTEGER NOT NULL,
  pass_percent INTEGER NOT NULL,
  paper TEXT NOT NULL,
  done_at INTEGER,
  "right" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (learner, course, number)
) STRICT;
CREATE TABLE mock_answer (
  learner TEXT NOT NULL,
  course TEXT NOT NULL,
  number INTEGER NOT NULL,
  question TEXT NOT NULL,
  response TEXT NOT NULL,
  counter INTEGER NOT NULL,
  PRIMARY KEY (learner, course, number, question),
  FOREIGN KEY (learner, course, number) REFERENCES mock (learner, course, number)
) STRICT;
"""


@steps()
def m001_first(db: Database) -> None:
    """All tables of the first release."""
    _run(db, FIRST)


@steps()
def m002_practice(db: Database) -> None:
    """Favourite questions and mock exams."""
    _run(db, PRACTICE)


@steps()
def m003_scorm_state(db: Database) -> None:
    """What SCORM packages keep, a row for each activity; part "" is the package as a whole."""
    db.execute(
        "CREATE TABLE scorm_state (learner TEXT NOT NULL, item TEXT NOT NULL, part TEXT NOT NULL,"
        " state TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (learner, item, part)) STRICT"
    )


# source: an address, "browser …" (known_browser), "here"; "" for an account or a source over all.
SIGN_IN_FAILURES = """
CREATE TABLE sign_in_failure (
  account TEXT NOT NULL,
  source TEXT NOT NULL,
  count INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
  PRIMARY KEY (account, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE known_browser (
  browser TEXT NOT NULL,
  account TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, browser)
) STRICT, WITHOUT ROWID;
DROP TABLE login_failure;
"""


@steps()
def m004_sign_in_failures(db: Database) -> None:
    """Failed sign-ins by account and source, and the browsers that an account came from."""
    _run(db, SIGN_IN_FAILURES)


@steps()
def m005_keepers(db: Database) -> None:
    """Keepers that were closed, and whose sign-ins ended; 0 is never."""
    db.execute("ALTER TABLE keeper ADD COLUMN ended_at INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE keeper ADD COLUMN closed_at INTEGER NOT NULL DEFAULT 0")


# reset_at: when a keeper took the PIN away, until the learner was told; 0: nothing to tell.
SLIPS = """
CREATE TABLE slip (
  learner TEXT PRIMARY KEY,
  word TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  holds_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE learner ADD COLUMN reset_by TEXT NOT NULL DEFAULT '';
ALTER TABLE learner ADD COLUMN reset_at INTEGER NOT NULL DEFAULT 0;
"""


@steps()
def m006_slips(db: Database) -> None:
    """One-time words on slips, and resets that the learner is told of."""
    _run(db, SLIPS)


@steps()
def m007_language(db: Database) -> None:
    """The language that a learner chose; empty: none was."""
    db.execute("ALTER TABLE learner ADD COLUMN language TEXT NOT NULL DEFAULT ''")


@steps()
def m008_version_days(db: Database) -> None:
    """On which day each version of a course came into force, as the hub's orders say."""
    db.execute(
        "CREATE TABLE version_day (course TEXT NOT NULL, version INTEGER NOT NULL,"
        " day INTEGER NOT NULL, PRIMARY KEY (course, version)) STRICT, WITHOUT ROWID"
    )


def _run(db: Database, script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


def migrate(path: Path, version: int) -> None:
    """Bring the file at ``path`` from ``version`` to this code's tables.

    A file with something in it is first copied aside with SQLite's backup API, which, unlike
    copying the file, takes the write-ahead log along.
    """
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA synchronous = FULL")
        if version:
            with closing(sqlite3.connect(path.with_suffix(f".before-{SCHEMA_VERSION}"))) as copy:
                conn.backup(copy)
        steps.apply(Database(conn))
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        conn.commit()
