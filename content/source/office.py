"""Office: what only an office program reads, made into PDF or .docx by LibreOffice without a face.

It is another's program on a stranger's file: a process of its own with a folder of its own, little
memory and time, no macros, and links in a document are not followed. Where the system allows it
(``unshare``, ``prlimit``) it has no line either, and does not see the hub's folder. Where it is not
installed, documents are refused with what to do (SPEC.md §2.9).
"""

import os
import shutil
import signal
import subprocess
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Literal

from content.model import limits
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.text import zips

Target = Literal["pdf", "docx"]

# A deck of 200 pictures takes a minute on two slow cores.
MOST_SECONDS = 180
# LibreOffice reserves 1.5 GB of addresses before it opens anything, and holds 300 MB.
_ADDRESSES = 4_000_000_000
_FILTERS = {"pdf": "pdf:impress_pdf_Export", "docx": "docx:MS Word 2007 XML"}
_SECURITY = "/org.openoffice.Office.Common/Security/Scripting"
# What its profile says before it first starts.
_SETTINGS = (
    (_SECURITY, "MacroSecurityLevel", "3"),
    (_SECURITY, "DisableMacrosExecution", "true"),
    (_SECURITY, "BlockUntrustedRefererLinks", "true"),
    (_SECURITY, "DisableActiveContent", "true"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "1"),
    ("/org.openoffice.Office.Common/Misc", "FirstRun", "false"),
    ("/org.openoffice.Office.Common/Load", "UpdateDocMode", "0"),
    ("/org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


def program() -> str:
    """Return where LibreOffice is on this machine, "" where it is not."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


def converted(
    office: str, path: Path, name: str, target: Target, scratch: Path,
    hidden: Path, seconds: float = MOST_SECONDS,
) -> Path:  # fmt: skip
    """Return a file in ``scratch`` made of the document at ``path`` by the program ``office``.

    ``hidden``: a folder that it shall not see; ``scratch`` is outside of it.

    Raises:
        ContentFaults: it took too long or too much, or made nothing.
    """
    _judged(path)
    given, made, profile = scratch / "given", scratch / "made", scratch / "profile"
    shutil.copyfile(path, given)
    made.mkdir()
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_registry(), "utf-8")
    command = [
        *_confined(str(hidden)), office, "--headless", "--norestore", "--nologo", "--nolockcheck",
        "--nodefault", "--nofirststartwizard", f"-env:UserInstallation={profile.as_uri()}",
        "--convert-to", _FILTERS[target], "--outdir", str(made), str(given),
    ]  # fmt: skip
    surroundings = {
        "PATH": os.defpath, "HOME": str(profile), "TMPDIR": str(scratch), "LANG": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
    }  # fmt: skip
    if not _ran(command, surroundings, scratch, seconds):
        raise _failed(name, "超过时限")
    file = made / f"given.{target}"
    if not file.is_file() or not file.stat().st_size:
        raise _failed(name, "打不开")
    return file


def _judged(path: Path) -> None:
    """A zip that unpacks to too much is refused before the program sees it."""
    if zipfile.is_zipfile(path):
        with zips.opened(path) as archive:
            zips.judged(archive)


def _ran(command: list[str], surroundings: dict[str, str], folder: Path, seconds: float) -> bool:
    """Whether it ended in time; all that it started ends with it."""
    process = subprocess.Popen(  # noqa: S603  # our own words, and names of our own files
        command, cwd=folder, env=surroundings, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


@lru_cache(maxsize=8)
def _confined(hidden: str) -> tuple[str, ...]:
    """Words before a command that set limits, take the line away and hide a folder, as far as
    this system lets us."""
    bounds = (
        "prlimit", f"--as={_ADDRESSES}", f"--cpu={MOST_SECONDS}",
        f"--fsize={limits.MAX_BANK_BYTES}", "--core=0", "--",
    )  # fmt: skip
    away = ("sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', hidden)
    alone = ("unshare", "--net", "--mount", "--", *away)
    alone_as_user = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--", *away)
    for prefix in ((*bounds, *alone), (*bounds, *alone_as_user), bounds):
        if _works(prefix):
            return prefix
    return ()


def _works(prefix: tuple[str, ...]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603
            [*prefix, "true"], check=False, capture_output=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _registry() -> str:
    items = "".join(
        f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value>'
        "</prop></item>"
        for path, name, value in _SETTINGS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items'
        ' xmlns:oor="http://openoffice.org/2001/registry"'
        ' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{items}</oor:items>'
    )


def _failed(name: str, detail: str) -> ContentFaults:
    return ContentFaults([Fault("office-failed", values={"path": name[:120], "detail": detail})])
