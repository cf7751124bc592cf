"""A list as a file: every row that its filters show, in its order."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from flask import Response, send_file

from content.face.spoken import moment
from hub.reports.table_export import Cell, write_csv, write_xlsx
from hub.web.lists.listing import Listing

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


def of_list(listing: Listing, title: str, rows: Iterable[Mapping[str, Cell]], now: int) -> Response:
    """The file that the address asks for; each row by the keys of the columns, shown or not."""
    titles = [column.title for column in listing.every]
    cells = ([row.get(column.key) for column in listing.every] for row in rows)
    with tempfile.NamedTemporaryFile(suffix=f".{listing.file}") as file:
        path = Path(file.name)
        if listing.file == "csv":
            write_csv(path, titles, cells)
        else:
            write_xlsx(path, title, titles, cells)
        # The open file outlives its name: it is gone from the disk when the answer is sent.
        answer: Response = send_file(path.open("rb"), CSV if listing.file == "csv" else XLSX)
    stamp = moment(now).replace(" ", "-").replace(":", "")
    name = f"{listing.name}-{stamp}.{listing.file}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
