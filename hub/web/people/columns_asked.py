"""Columns asked: a table whose headings were not understood; somebody says what they are.

What was said is kept beside the uploaded file, and for tables with the same headings
(``hub.store.column_choices``).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import abort, render_template, request

from content.cells import headings
from content.cells.sheet import Sheet, letters
from content.face.words import gettext as _
from hub.errors import HubError, MissingColumn
from hub.people.table_file import read_sheets
from hub.store import column_choices
from hub.store.engine import writing
from hub.web import refusals
from hub.web.account import actor
from hub.web.current import hub

FILE = "columns.json"
SAMPLE_CHARS = 12
_MOST_COLUMNS = 60
# The form's fields: name, label, whether it must be chosen.
Fields = Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class AskedTable:
    """An uploaded table: what it is called, the unit of rows without one, what was chosen."""

    name: str
    unit_code: str
    by: str
    chosen: dict[str, str]


def keep(kept: Path, name: str, unit_code: str, chosen: dict[str, str]) -> None:
    """Note what was said of the uploaded file ``kept``."""
    body = {"name": name, "unit_code": unit_code, "by": actor().name, "chosen": chosen}
    (kept.parent / FILE).write_text(json.dumps(body, ensure_ascii=False), "utf-8")


def load(kept: Path) -> AskedTable:
    """What was said of the uploaded file ``kept``; only who uploaded it may see it."""
    asked = AskedTable(**json.loads((kept.parent / FILE).read_text("utf-8")))
    if asked.by != actor().name:
        abort(404)
    return asked


def form(
    kept: Path,
    action: str,
    back: str,
    fields: Fields,
    fault: HubError | None = None,
    **more: object,
) -> str:
    """The page that asks what the columns are."""
    asked = load(kept)
    sheet, likely = _shown(read_sheets(kept, asked.name))
    what, _todo = refusals.said(fault) if fault else ("", "")
    missing = fault.column if isinstance(fault, MissingColumn) else ""
    options = [("", _("没有这一列"))]
    for column in range(min(_width(sheet), _MOST_COLUMNS)):
        options.append((str(column), _label(sheet, likely, column)))
    places = {
        name: likely.texts.index(text)
        for name, text in asked.chosen.items()
        if text in likely.texts
    }
    return render_template(
        "columns.html", asked=asked, action=action, back=back, fields=fields, options=options,
        places=places, what=what, missing=missing, sheet=sheet, **more,
    )  # fmt: skip


def chosen(kept: Path, fields: Fields) -> dict[str, str]:
    """What the form says: heading by field; columns without headings by their letters."""
    sheet, likely = _shown(read_sheets(kept, load(kept).name))
    bare = headings.unnamed(sheet)
    there = {}
    for name, _label_of, _must in fields:
        text = request.form.get(f"column-{name}", "")
        if text.isascii() and text.isdecimal() and int(text) < min(_width(sheet), _MOST_COLUMNS):
            there[name] = int(text)
    named = all(place < len(likely.texts) and likely.texts[place] for place in there.values())
    use = likely.texts if named and request.form.get("bare") != "yes" else bare.texts
    return {name: use[place] for name, place in there.items()}


def remember(kept: Path, kind: str, texts: Sequence[str], said: dict[str, str]) -> None:
    """Understand tables with these headings like this from now on."""
    asked = load(kept)
    keep(kept, asked.name, asked.unit_code, said)
    if (
        all(text in texts for text in said.values())
        and texts != headings.unnamed(Sheet("", [])).texts
    ):
        with writing(hub().engine) as connection:
            column_choices.remember(connection, kind, texts, said, hub().now(), actor().name)


def _shown(sheets: Sequence[Sheet]) -> tuple[Sheet, headings.Headings]:
    sheet = max(sheets, key=lambda each: (not each.is_hidden, len(each.rows)))
    return sheet, headings.likely(sheet)


def _width(sheet: Sheet) -> int:
    return max((len(row) for _, row in sheet.rows[: headings.MOST_ABOVE]), default=0)


def _label(sheet: Sheet, likely: headings.Headings, column: int) -> str:
    below = sheet.rows[likely.rows : likely.rows + headings.MOST_ABOVE]
    sample = next((row[column] for _, row in below if column < len(row) and row[column]), "")
    name = likely.texts[column] if column < len(likely.texts) else ""
    place = headings.UNNAMED % letters(column)
    label = f"{place}{_('：')}{name}" if name else place
    return (
        _("%(column)s（如 %(sample)s）", column=label, sample=sample[:SAMPLE_CHARS])
        if sample
        else label
    )
