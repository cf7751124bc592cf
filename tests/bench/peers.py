"""Peers: rsync, zsync and casync transfer the same two versions, and their bytes are counted.

Each has the files as a tree, as people use it: rsync from its daemon, zsync a tar over HTTP from
nginx, casync an index and a chunk store over HTTP from nginx. Bytes are those of the TCP streams,
both ways. A tool that is not installed is left out, with a message.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from install.servers import free_port
from tests.faults.narrow import Narrow

TOOLS = {
    "rsync": ("rsync",),
    "zsync": ("zsync", "zsyncmake", "nginx"),
    "casync": ("casync", "nginx"),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes both ways: of a fresh first version, and of the update to the second."""

    fresh: int
    update: int


def measure(place: Path, first: dict[str, bytes], second: dict[str, bytes]) -> dict[str, Cost]:
    """What each installed tool needs."""
    trees = []
    for name, files in (("one", first), ("two", second)):
        trees.append(_tree(place / name, files))
    ways: dict[str, Callable[[Path, list[Path]], Cost]] = {
        "rsync": _rsync, "zsync": _zsync, "casync": _casync,
    }  # fmt: skip
    costs = {}
    for name, way in ways.items():
        lacking = [tool for tool in TOOLS[name] if not shutil.which(tool)]
        if lacking:
            print(f"{name} is left out: {', '.join(lacking)} not installed")
            continue
        costs[name] = way(place / name, trees)
    return costs


@contextmanager
def nginx(place: Path, root: Path) -> Iterator[int]:
    """nginx serves ``root`` as plain files; gives its port."""
    port = free_port()
    place.mkdir(parents=True, exist_ok=True)
    (place / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {place}/pid; error_log {place}/log;\n"
        "worker_rlimit_nofile 4096; events { worker_connections 1024; }\n"
        f"http {{ access_log off; sendfile on; client_body_temp_path {place}/b;\n"
        f"proxy_temp_path {place}/p; fastcgi_temp_path {place}/f;\n"
        f"uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
    )
    process = subprocess.Popen(
        ["nginx", "-c", str(place / "nginx.conf"), "-p", str(place)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _tree(root: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
        # The same bytes get the same file times in both versions, as from an archive.
        stamp = 1_700_000_000 + len(data)
        os.utime(root / path, (stamp, stamp))
    return root


def _rsync(place: Path, trees: list[Path]) -> Cost:
    place.mkdir(parents=True)
    port, target = free_port(), place / "target"
    target.mkdir()
    modules = "".join(f"[{tree.name}]\npath = {tree}\n" for tree in trees)
    (place / "rsyncd.conf").write_text(f"use chroot = no\nuid = root\ngid = root\n{modules}")
    daemon = subprocess.Popen(
        ["rsync", "--daemon", "--no-detach", f"--config={place}/rsyncd.conf", f"--port={port}",
         "--address=127.0.0.1"]
    )  # fmt: skip
    try:
        _wait_for(port)
        counts = []
        for tree in trees:
            with _counted(port) as line:
                url = f"rsync://127.0.0.1:{line.port}/{tree.name}/"
                _run("rsync", "-az", "--fuzzy", "--delete-after", url, f"{target}/")
            counts.append(line.up + line.down)
        return Cost(*counts)
    finally:
        daemon.terminate()
        daemon.wait(10)


def _zsync(place: Path, trees: list[Path]) -> Cost:
    www = place / "www"
    www.mkdir(parents=True)
    counts: list[int] = []
    with nginx(place / "nginx", www) as port:
        for tree in trees:
            tar = www / f"{tree.name}.tar"
            with tarfile.open(tar, "w") as archive:
                for path in sorted(tree.rglob("*")):
                    if path.is_file():
                        archive.add(path, str(path.relative_to(tree)))
            _run("zsyncmake", "-q", "-b", "4096", "-u", tar.name, "-o", f"{tar}.zsync", str(tar))
            with _counted(port) as line:
                before = ["-i", str(place / "one.tar")] if counts else []
                _run(
                    "zsync", "-q", *before, "-o", str(place / tar.name),
                    f"http://127.0.0.1:{line.port}/{tar.name}.zsync", cwd=place,
                )  # fmt: skip
            counts.append(line.up + line.down)
    return Cost(*counts)


def _casync(place: Path, trees: list[Path]) -> Cost:
    www, counts = place / "www", list[int]()
    www.mkdir(parents=True)
    with nginx(place / "nginx", www) as port:
        for tree in trees:
            index = www / f"{tree.name}.caidx"
            _run(
                "casync",
                "make",
                "--without=all",
                f"--store={www}/store.castr",
                str(index),
                str(tree),
            )
            with _counted(port) as line:
                url = f"http://127.0.0.1:{line.port}"
                seed = [f"--seed={place}/one"] if counts else []
                _run(
                    "casync", "extract", "--without=all", *seed, f"--store={url}/store.castr",
                    f"{url}/{index.name}", str(place / tree.name), cwd=place,
                )  # fmt: skip
            counts.append(line.up + line.down)
    return Cost(*counts)


@contextmanager
def _counted(port: int) -> Iterator[Narrow]:
    with ExitStack() as ends:
        line = Narrow(port)
        ends.callback(line.close)
        yield line
        time.sleep(0.1)  # what was sent last is counted, too


def _wait_for(port: int) -> None:
    import socket

    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing listens on {port}")


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
