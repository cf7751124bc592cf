"""Errors of backups, in the words of whoever runs the hub (the tree is ``hub.errors``)."""

from collections.abc import Sequence
from pathlib import Path

from hub.errors import MachineError

_STAYS = "以前的备份都没有动 / earlier backups were not touched"
# Named in one message; a disk that lost a folder lost hundreds.
_NAMED = 5


class BackupFailed(MachineError):
    """The backup could not be made; the ones before are whole."""

    code = "backup-failed"

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"备份没有做成：{chinese} / no backup was made: {english}; {_STAYS}")


class BackupNoRoom(BackupFailed):
    """The disk that the backup goes to is full."""

    code = "backup-no-room"

    def __init__(self, folder: str, needed: int, free: int) -> None:
        super().__init__(
            f"{folder} 的磁盘放不下，要 {_mb(needed)}，只剩 {_mb(free)}；请腾出空间，或换一块磁盘，"
            "或用 --keep 少留几份",
            f"the disk of {folder} needs {_mb(needed)} and has {_mb(free)}: make room, use another "
            "disk, or keep fewer with --keep",
        )


class BackupRunning(BackupFailed):
    """Another backup goes into the same folder just now."""

    code = "backup-running"

    def __init__(self, folder: str) -> None:
        super().__init__(
            f"另一份备份正在写 {folder}，请等它做完",
            f"another one is being written into {folder}; wait until it is done",
        )


class BlobsLost(BackupFailed):
    """Files of courses are gone or damaged at the hub, and the backup folder has none of them."""

    code = "blobs-lost"

    def __init__(self, lost: Sequence[str], blobs: str) -> None:
        shown = "、".join(lost[:_NAMED]) + (" …" if len(lost) > _NAMED else "")
        super().__init__(
            f"枢纽上有 {len(lost)} 个课程文件不见了或坏了（{shown}）。从更早的备份取回到 {blobs}，"
            "或者把这些课程、素材再上传一次；都不行，加 --incomplete 先备份其余的",
            f"{len(lost)} files of courses are gone or damaged at the hub. Bring them back into "
            f"{blobs} from an older backup, or upload those courses and materials again; if neither"
            " can be done, back up the rest with --incomplete",
        )
        self.lost = tuple(lost)


class BackupUnsound(MachineError):
    """What lies in a backup is not what its list says, or does not fit together."""

    code = "backup-unsound"

    def __init__(self, file: Path, why: str) -> None:
        what = file.name if file.parent.name in ("", ".") else f"{file.parent.name}/{file.name}"
        super().__init__(
            f"这份备份不完好：{what}（{why}）。什么也没有改动；请用另一份 / "
            f"this backup is not whole: {what} ({why}); nothing was changed, use another one"
        )
        self.file = file


class RestoreFailed(MachineError):
    """The disk did not take what was to be restored; what was there is as it was."""

    code = "restore-failed"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"没有恢复成：{why}；原来的都没有动 / "
            f"nothing was restored: {why}; what was there is as it was"
        )


class BackupNewer(MachineError):
    """A newer release made the backup; nothing was touched."""

    code = "backup-newer"

    def __init__(self, software: str) -> None:
        super().__init__(
            f"这份备份是新版学站（{software}）做的，这个程序太旧，什么也没有改动；请先装新版 / "
            f"a newer release ({software}) made this backup; nothing was changed, install it first"
        )


class NoBackup(MachineError):
    """There is no whole backup in the folder."""

    code = "no-backup"

    def __init__(self, folder: str) -> None:
        super().__init__(f"{folder} 里没有完整的备份 / there is no whole backup in {folder}")


class HubThere(MachineError):
    """A hub is where the backup would go; it is not overwritten unasked."""

    code = "hub-there"

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} 已经有一个枢纽，没有改动；要换掉它，加上 --replace（它会被移到一边，不删除）"
            f" / there is a hub in {where}, and it was not touched; to put the backup in its place "
            "add --replace (it is moved aside, not deleted)"
        )


class HubAtWork(MachineError):
    """A hub answers at the port of the one that would be replaced."""

    code = "hub-at-work"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"枢纽正在 {address} 运行，没有改动；请先停下它：sudo systemctl stop xuezhan-hub / "
            f"a hub answers at {address}, and nothing was touched; stop it first"
        )


def _mb(n_bytes: int) -> str:
    return f"{n_bytes / 1_000_000:,.0f} MB"
