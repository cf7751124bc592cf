"""Verbs: back the hub up, and bring a backup back."""

import sys
from datetime import datetime
from pathlib import Path

import click

from content.face.spoken import ZONE
from hub.cli.root import BY, cli
from hub.context.open_hub import unix_now
from hub.operations.backup import KEPT, BackupReport, back_up
from hub.operations.progress import StepProgress
from hub.operations.restore import restore
from hub.operations.soundness import SAMPLE


@cli.command(name="backup")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--keep", default=KEPT, show_default=True, type=click.IntRange(1, 1_000),
    help="留几份 / how many stay",
)  # fmt: skip
@click.option(
    "--incomplete", is_flag=True, help="有课程文件丢了也备份其余的 / also when files are lost"
)
@click.pass_obj
def backup_verb(data: Path, folder: Path | None, keep: int, incomplete: bool) -> None:
    """备份整个枢纽，服务不用停 / Back up everything of the hub while it serves.

    FOLDER: another disk; without it, `backups` in the data folder.
    """
    report = back_up(data, folder, keep=keep, incomplete=incomplete, by=BY, now=unix_now, tell=tell)
    click.echo(f"已备份并读回核对 / backed up and read back: {report.folder}")
    for line in _lines(report):
        click.echo(line)
    if report.missing:
        sys.exit(3)


@cli.command(name="restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--database", default="", help="postgresql+psycopg://… 或 / or sqlite")
@click.option("--replace", "replacing", is_flag=True, help="换掉这里的枢纽 / in place of this hub")
@click.pass_obj
def restore_verb(data: Path, folder: Path, database: str, replacing: bool) -> None:
    """把备份恢复成枢纽 / Make a backup the hub again.

    FOLDER: one backup, or a folder of backups, of which the newest is taken.
    """
    report = restore(
        data, folder, database=database, replacing=replacing, by=BY, now=unix_now, tell=tell
    )
    made = datetime.fromtimestamp(report.made_at, ZONE).strftime("%Y-%m-%d %H:%M")
    click.echo(f"已恢复 / restored: {data}，备份于 / backed up {made}")
    click.echo(f"已核对学员 / learners compared: {report.learners}")
    for what in report.missing:
        click.echo(f"备份里就没有的课程文件 / never in the backup: {what}", err=True)
    if report.aside is not None:
        click.echo(f"原来的枢纽在 / the hub that was here: {report.aside}")
    click.echo("现在启动服务 / now start the service: sudo systemctl start xuezhan-hub")


def tell(progress: StepProgress) -> None:
    """A line that overwrites the one before, or lines of their own where nobody looks."""
    watched = sys.stderr.isatty()
    click.echo(("\r\033[K" if watched else "") + progress.line(), err=True, nl=not watched)
    if watched and progress.done >= progress.total:
        click.echo("", err=True)


def _lines(report: BackupReport) -> list[str]:
    lines = [
        f"大小 / size {report.size / 1_000_000:,.0f} MB，"
        f"新的课程文件 / new files of courses {report.fresh}"
        f" ({report.fresh_bytes / 1_000_000:,.0f} MB)",
        f"从记录重算核对的学员 / learners folded again: {report.learners} (≤ {SAMPLE})",
    ]
    if report.went:
        lines.append(f"删去的旧备份 / older backups removed: {report.went}")
    lines += [
        f"! 枢纽丢了，备份里还有 / lost at the hub, still in the backup: {what}"
        for what in report.lost
    ]
    lines += [f"! 哪里都没有了 / lost for good: {what}" for what in report.missing]
    if report.same_disk:
        lines.append(
            "! 和枢纽在同一块硬盘上，硬盘坏了两样都没有 / "
            "on the hub's own disk: if it breaks, both are lost"
        )
    return lines
