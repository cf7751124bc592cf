"""Rows leave the store as dataclasses: a query's columns have the order of the fields."""

from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import Select, select

from hub.store import (
    audit,
    class_lists,
    contacts,
    learners,
    marks,
    nodes,
    results,
    rosters,
    schema,
)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        (audit._ENTRIES, audit.AuditEntry),
        (contacts._STATIONS, contacts.ListedStation),
        (class_lists._CLASSES, class_lists.ClassRow),
        (marks._columns(), marks.ListedResult),
        (rosters._LEARNERS, rosters.ListedLearner),
        (learners._ONES, learners.Learner),
        (select(schema.node), nodes.Node),
        (select(schema.progress), results.ProgressRow),
        (select(schema.result), results.ResultRow),
    ],
)
def test_each_column_fills_the_field_of_its_name(query: Select[Any], kind: type) -> None:
    assert [column.key for column in query.selected_columns] == [each.name for each in fields(kind)]
