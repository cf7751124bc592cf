"""Verbs: courses and classes."""

from datetime import date, datetime
from pathlib import Path

import click

from content.packs.item_contents import Said
from content.source.folder import read_folder
from hub.cli.root import BY, cli, operator
from hub.cli.trust import PASSPHRASE, open_keys
from hub.context import open_hub
from hub.publishing import classes, earlier_contents, publish
from hub.store.engine import reading

# What is said of items whose files are others than those of the versions before.
_CONTENTS: dict[Said, str] = {
    "other": '算另一份内容，没变就写 content = "same" / another content, unless you say same',
    "same": '算同一份内容，换了就写 content = "other" / the same content, unless you say other',
}


@cli.group()
def course() -> None:
    """课程 / Courses."""


@course.command(name="publish")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--unit", default="0", help="发给此单位及以下，默认全部 / for this unit and below")
@click.option(
    "--key", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="省的发布密钥，不在枢纽上时 / the province's key, where the hub does not have it",
)  # fmt: skip
@PASSPHRASE
@click.pass_obj
def course_publish(
    data: Path, folder: Path, unit: str, file: Path | None, passphrase_file: Path | None
) -> None:
    """发布课程文件夹 / Publish a course folder."""
    key = open_keys([file], passphrase_file)[0] if file else None
    hub, read = open_hub.open_hub(data), read_folder(folder)
    with reading(hub.engine) as connection:
        judged = earlier_contents.judgements(hub, connection, read)
    released = publish.publish(hub, read, unit, BY, key)
    for said, words in _CONTENTS.items():
        for title in judged[said]:
            click.echo(f"《{title}》{words}")
    click.echo(
        f"{released.course.title} ({released.course.id}) v{released.course.version}, "
        f"{released.course.size / 1e6:.1f} MB → {released.unit}"
    )


@cli.command(name="class")
@click.argument("class_id")
@click.option("--title", required=True, help="班名 / title")
@click.option("--unit", default="0", help="单位代码 / unit code")
@click.option(
    "--opens", type=click.DateTime(["%Y-%m-%d"]), required=True, help="开班日 / first day"
)
@click.option(
    "--closes", type=click.DateTime(["%Y-%m-%d"]), required=True, help="结束日 / last day"
)
@click.argument("courses", nargs=-1, required=True)
@click.pass_obj
def class_put(
    data: Path, class_id: str, title: str, unit: str, opens: datetime, closes: datetime,
    courses: tuple[str, ...],
) -> None:  # fmt: skip
    """开班：日期、单位、课程 / Make a class: dates, unit, courses."""
    dates: tuple[date, date] = (opens.date(), closes.date())
    hub = open_hub.open_hub(data)
    study_class = classes.put(hub, class_id, title, unit, dates, courses, operator(hub))
    click.echo(
        f"{study_class.title}: {study_class.opens} – {study_class.closes}, "
        f"{', '.join(study_class.courses)}"
    )
