"""Verbs: taking in what people have — films, PDF, pages, packages, question banks."""

import sys
from pathlib import Path

import click

from content.model.faults.faults import Fault
from hub.cli.root import BY, SHOWN_FAULTS, cli, column_option, columns_of
from hub.context import open_hub
from hub.imports import imports, jobs
from hub.materials.import_report import ImportReport, ImportTarget


@cli.group(name="content")
def content_group() -> None:
    """素材和题库 / Materials and question banks."""


@content_group.command(name="import")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--unit", default="", help="属于此单位，默认总局 / whose it is")
@click.option("--bank", default="", help="题目放进这个题库，默认按文件名 / bank for questions")
@column_option
@click.pass_obj
def content_import(
    data: Path, files: tuple[Path, ...], unit: str, bank: str, columns: tuple[str, ...]
) -> None:
    """原样收下视频、PDF、网页、SCORM、题库 / Take films, PDF, pages, SCORM and banks as they are.

    Each file gets a report: taken in + there already + refused = all there were. The exit code
    is 0 when nothing was refused, else 3.
    """
    hub = open_hub.open_hub(data)
    by = imports.author_of(hub, BY, unit)
    target = ImportTarget(bank_title=bank, columns=columns_of(columns))
    whole = True
    order = imports.in_order([each.name for each in files])
    for number, at in enumerate(order, 1):
        file = files[at]
        click.echo(f"[{number}/{len(files)}] {file.name} ({file.stat().st_size / 1e6:.1f} MB)")
        report = imports.import_file(hub, file, file.name, by, target)
        jobs.record(hub, by, file.stat().st_size, report)
        whole = whole and report.whole and not report.asks
        _tell(report)
    if not whole:
        sys.exit(3)


def _tell(report: ImportReport) -> None:
    click.echo(
        f"  收下 / taken in {report.imported}, 以前就有 / there already {report.same}, "
        f"退回 / refused {report.refused}, 共 / all {report.total}"
    )
    for imported in report.made[:SHOWN_FAULTS]:
        click.echo(f"  → {imported.kind} {imported.id}: {imported.title}")
    if report.asks:
        click.echo(f"  列名 / headings: {', '.join(report.headings)}", err=True)
        click.echo("  请用 --column 说明各列 / say what the columns are with --column", err=True)
    _list("退回 / refused", report.faults)
    _list("说明 / note", report.remarks)


def _list(word: str, faults: tuple[Fault, ...]) -> None:
    for fault in faults[:SHOWN_FAULTS]:
        click.echo(f"  {word}: {fault.text()}", err=True)
    if len(faults) > SHOWN_FAULTS:
        click.echo(f"  … {len(faults) - SHOWN_FAULTS}", err=True)
