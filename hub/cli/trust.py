"""Verbs: who may say which release of a course is current (content/SPEC.md §8)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from content.transfer.whole_file import write_whole
from hub.cli.root import BY, cli
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.errors import NotInitialised, TrustRefused
from sync.signing import SigningKey, VerifyKey

Function = Callable[..., Any]

KEYS = click.option(
    "--key", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="根密钥文件，可多次 / file of a root key, repeatable",
)  # fmt: skip
PASSPHRASE = click.option(
    "--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="口令在这个文件的第一行，不再询问 / the passphrase is its first line; nobody is asked",
)  # fmt: skip
PUBLIC = click.option(
    "--public", "publics", multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="别人保管的密钥的 .pub 文件 / .pub file of a key that others keep",
)  # fmt: skip


@cli.group()
def trust() -> None:
    """课程发布的信任：根密钥、授权 / Who may release courses: root keys, delegations."""


@trust.command(name="status")
@click.pass_obj
def trust_status(data: Path) -> None:
    """谁能发布、密钥在哪里、有效到哪天 / Who may release, where the keys are, until when."""
    from hub.reports.signing_keys import lines

    for line in lines(open_hub.open_hub(data)):
        click.echo(line)


@trust.command(name="key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@PASSPHRASE
def trust_key(file: Path, passphrase_file: Path | None) -> None:
    """新做一把加密的密钥，放在 U 盘上 / Make a key under a passphrase, to be kept on a stick."""
    from hub.trust import keys

    if file.exists():
        raise TrustRefused(f"{file} is there already")
    key = SigningKey.generate()
    keys.write(file, key, _new_passphrase(passphrase_file))
    keys.write_public(file.with_suffix(".pub"), key.public)
    click.echo(f"密钥 / key {key.public.fingerprint()}: {file}")
    click.echo(f"可以给别人的 / to be given away: {file.with_suffix('.pub')}")


@trust.command(name="init")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--keys", "count", default=1, help="做几把 / how many keys")
@click.option("--threshold", default=1, help="需要几把同时签 / how many of them have to sign")
@PASSPHRASE
@click.pass_obj
def trust_init(
    data: Path, folder: Path, count: int, threshold: int, passphrase_file: Path | None
) -> None:
    """把根密钥换到 U 盘上，从枢纽上拿走 / Change to root keys on a stick; none stays on the hub."""
    from hub.trust import keys

    own = data / "trust" / keys.ROOT_FILE
    if not own.exists():
        raise TrustRefused("the root keys are away already; use: trust rotate root")
    new_keys = _make_keys(folder, count, _new_passphrase(passphrase_file))
    _change_root(data, [key.public for key in new_keys], threshold, new_keys)
    click.echo(f"根密钥在 / root keys are in {folder}，每把各存一处 / keep each in its own place")


@trust.command(name="rotate")
@click.argument("which", type=click.Choice(["root", "online"]))
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--keys", "count", default=1, help="根密钥做几把 / how many root keys")
@click.option("--threshold", default=1, help="需要几把同时签 / how many of them have to sign")
@PUBLIC
@KEYS
@PASSPHRASE
@click.pass_obj
def trust_rotate(
    data: Path, which: str, folder: Path | None, count: int, threshold: int,
    publics: Sequence[Path], files: Sequence[Path], passphrase_file: Path | None,
) -> None:  # fmt: skip
    """换根密钥（新的放进 FOLDER 或由 --public 给出）或在线密钥 / Change root or online keys."""
    from hub.trust import ceremony, keys

    held = open_keys(files, passphrase_file)
    if which == "online":
        hub = open_hub.open_hub(data)
        new = SigningKey.generate()
        keys.write(hub.config.trust / keys.NEXT_FILE, new)
        _go_on(hub, lambda c: ceremony.with_online_key(c, new.public, hub.now()), held)
        return
    new_keys = _make_keys(folder, count, _new_passphrase(passphrase_file)) if folder else []
    others = [keys.read_public(file) for file in publics]
    if not new_keys and not others:
        raise click.UsageError("FOLDER, or --public")
    _change_root(data, [*(key.public for key in new_keys), *others], threshold, [*held, *new_keys])


@trust.command(name="delegate")
@click.argument("role")
@click.option("--courses", default="", help="课程编号的式样，默认 ROLE-* / pattern of course ids")
@PUBLIC
@KEYS
@PASSPHRASE
@click.pass_obj
def trust_delegate(
    data: Path, role: str, courses: str, publics: Sequence[Path], files: Sequence[Path],
    passphrase_file: Path | None,
) -> None:  # fmt: skip
    """让一个省自己发布它的课程 / Let a province release its own courses, and nobody else them.

    Without --public its key is made here and signs by itself; with it, the province keeps its key
    and signs each release: course publish FOLDER --key FILE.
    """
    from hub.trust import ceremony, keys

    hub, held = open_hub.open_hub(data), open_keys(files, passphrase_file)
    if len(publics) > 1:
        raise click.UsageError("one --public")
    if publics:
        public = keys.read_public(publics[0])
    else:
        public = keys.own(hub.config.trust / f"{role}.key").public
    pattern = courses or f"{role}-*"
    _go_on(hub, lambda c: ceremony.with_province(c, role, pattern, public, hub.now()), held)


@trust.command(name="withdraw")
@click.argument("role")
@KEYS
@PASSPHRASE
@click.pass_obj
def trust_withdraw(
    data: Path, role: str, files: Sequence[Path], passphrase_file: Path | None
) -> None:
    """收回一个省的授权 / Take a province's right back; headquarters releases its courses."""
    from hub.trust import ceremony

    hub, held = open_hub.open_hub(data), open_keys(files, passphrase_file)
    _go_on(hub, lambda c: ceremony.without_province(c, role, hub.now()), held)


@trust.command(name="renew")
@KEYS
@PASSPHRASE
@click.pass_obj
def trust_renew(data: Path, files: Sequence[Path], passphrase_file: Path | None) -> None:
    """全部重新签名，再有效三年 / Sign everything anew, for another three years."""
    from hub.publishing import releases
    from hub.trust import ceremony

    hub, held = open_hub.open_hub(data), open_keys(files, passphrase_file)
    releases.sign_anew(hub)
    _go_on(hub, lambda c: ceremony.with_later_dates(c, hub.now()), held)


@trust.command(name="sign")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@KEYS
@PASSPHRASE
@click.pass_obj
def trust_sign(
    data: Path, file: Path | None, files: Sequence[Path], passphrase_file: Path | None
) -> None:
    """在草案上签名；够了，枢纽就采用 / Sign a draft; with enough signatures the hub takes it.

    On a machine without the hub this only signs FILE, which is carried on.
    """
    from hub.reports.signing_keys import show
    from hub.trust import ceremony

    path = file or data / "trust" / ceremony.DRAFT_FILE
    if not path.exists():
        raise TrustRefused(f"there is no draft in {path}")
    with path.open("rb") as opened:
        draft = ceremony.read_draft(opened.read(ceremony.MAX_DRAFT_BYTES))
    for line in show(draft):
        click.echo(line)
    ceremony.sign(draft, open_keys(files, passphrase_file))
    write_whole(path, draft.text().encode())
    try:
        hub = open_hub.open_hub(data)
    except NotInitialised:
        click.echo(f"已签名，请带给下一位或枢纽 / signed; carry it on: {path}")
        return
    _settle(hub, draft)


def _change_root(
    data: Path, publics: Sequence[VerifyKey], threshold: int, held: Sequence[SigningKey]
) -> None:
    from hub.trust import ceremony

    hub = open_hub.open_hub(data)
    _go_on(hub, lambda c: ceremony.with_root_keys(c, publics, threshold, hub.now()), held)


def _go_on(hub: Hub, draw: Function, held: Sequence[SigningKey]) -> None:
    """Draft a change, sign it with the keys at hand, and commit it if these are enough."""
    from hub.store.engine import writing
    from hub.trust import ceremony, keys, repository

    with writing(hub.engine) as connection:
        repository.make(connection, hub.config.trust, hub.now())
        draft = draw(connection)
    ceremony.sign(draft, [*held, *keys.in_the_open(hub.config.trust).values()])
    _settle(hub, draft)


def _settle(hub: Hub, draft: Any) -> None:
    from hub.reports.signing_keys import show
    from hub.store import audit
    from hub.store.engine import reading, writing
    from hub.trust import ceremony

    file = hub.config.trust / ceremony.DRAFT_FILE
    with reading(hub.engine) as connection:
        lack = ceremony.missing(draft, ceremony.current_root(connection))
    if lack:
        write_whole(file, draft.text().encode())
        click.echo(f"还差 {lack} 个签名 / {lack} more signatures: {file}")
        click.echo("下一位 / the next one: xuezhan-hub trust sign FILE --key KEY")
        return
    with writing(hub.engine) as connection:
        away = ceremony.commit(connection, hub.config.trust, draft, hub.now())
        audit.note(connection, hub.now(), BY, "trust", changes="; ".join(show(draft)))
    file.unlink(missing_ok=True)
    ceremony.archive(hub.config.trust, draft)
    click.echo("已采用，站点下次要装课程时自动跟上 / taken; stations follow by themselves")
    click.echo(f"请备份 {hub.config.data} / back up the data folder")
    for course in away:
        click.echo(f"  要用该省的密钥再发布一次 / to be published with its key: {course}", err=True)


def _make_keys(folder: Path, count: int, passphrase: str) -> list[SigningKey]:
    from hub.trust import keys

    new_keys = [SigningKey.generate() for _ in range(count)]
    for key in new_keys:
        file = folder / f"root-{key.public.fingerprint()}.key"
        keys.write(file, key, passphrase)
        if keys.read(file, lambda: passphrase) != key:
            raise TrustRefused(f"{file} does not read back")
        click.echo(f"根密钥 / root key {key.public.fingerprint()}: {file}")
    return new_keys


def open_keys(files: Sequence[Path], passphrase_file: Path | None) -> list[SigningKey]:
    """The keys in these files, each opened with its passphrase."""
    from hub.trust import keys

    def ask(file: Path) -> str:
        if passphrase_file is not None:
            return _first_line(passphrase_file)
        return str(click.prompt(f"{file.name} 的口令 / passphrase", hide_input=True))

    return [keys.read(file, lambda file=file: ask(file)) for file in files]  # type: ignore[misc]


def _new_passphrase(passphrase_file: Path | None) -> str:
    from hub.trust.keys import LEAST_PASSPHRASE

    if passphrase_file is not None:
        chosen = _first_line(passphrase_file)
    else:
        words = f"新口令，至少 {LEAST_PASSPHRASE} 个字符 / a new passphrase"
        chosen = str(click.prompt(words, hide_input=True, confirmation_prompt=True))
    if len(chosen) < LEAST_PASSPHRASE:
        raise TrustRefused(f"a passphrase has {LEAST_PASSPHRASE} characters at least")
    return chosen


def _first_line(file: Path) -> str:
    return file.read_text("utf-8").partition("\n")[0].strip()
