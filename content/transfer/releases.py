"""Releases: which pack of a course is current: TUF metadata that travels in bundles (SPEC.md §8).

What a bundle may hold, which parts of it somebody lacks, and its bytes; no signature is checked
here. ``hub.trust`` signs, ``node.courses.release_trust`` checks; a relay and a stick only carry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from hashlib import sha256
from typing import Protocol
from urllib.parse import quote

from sync.errors import MalformedBytes
from sync.wire import Reader, Writer, compress, decompress

ROOT, TIMESTAMP, SNAPSHOT, TARGETS = "root", "timestamp", "snapshot", "targets"
# What is released by headquarters itself: the last of the delegations, for all courses.
HEADQUARTERS = "hq"

# §8.3  20,000 releases and 20 roots are 60 kB.
MAX_BUNDLE_BYTES = 500_000
MAX_UNPACKED_BYTES = 8_000_000
# Of one piece; the largest is a bin.
MAX_PIECE_BYTES = 1_000_000
MAX_PIECES = 400
# §8.4  A term has some twenty courses; whoever wants more asks again.
MAX_WANTED = 40
MAX_HAVE = 60
MAX_QUERY_CHARS = 4_000

PATH = "/trust"
ROLE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
PIECE = re.compile(r"([1-9][0-9]{0,11})\.([a-z0-9][a-z0-9-]{0,39})", re.ASCII)
RELEASE = re.compile(r"courses/([a-z0-9][a-z0-9-]{0,39})/([1-9][0-9]{0,6})\.xzp", re.ASCII)


def release_path(course: str, version: int) -> str:
    """The name of a release among TUF's targets (§8.2)."""
    return f"courses/{course}/{version}.xzp"


def release_bytes(manifest: str) -> bytes:
    """What a release says: the name of the pack's manifest.

    Its hash stands in the metadata, not the name itself: whoever has the name can fetch the pack,
    and the metadata is for everybody.
    """
    return manifest.encode("ascii")


class MetadataHolder(Protocol):
    """Metadata that somebody holds: a hub all of it, a relay what it once needed itself."""

    def root(self, version: int) -> bytes | None:
        """The root of one version."""

    def role(self, name: str) -> tuple[int, bytes] | None:
        """The newest metadata of a role, and its version."""


def choose(
    held: MetadataHolder, have: Mapping[str, int], want: Iterable[str]
) -> list[tuple[int, str, bytes]]:
    """The pieces for somebody who has these versions of roles and wants these releases (§8.4)."""
    chosen: list[tuple[int, str, bytes]] = []
    version = have.get(ROOT, 0) + 1
    while (root := held.root(version)) is not None and len(chosen) < MAX_PIECES // 2:
        chosen.append((version, ROOT, root))
        version += 1
    names = [TIMESTAMP, SNAPSHOT, TARGETS]
    for path in want:
        names += roles_for(held, path)
    for name in dict.fromkeys(names):
        newest = held.role(name)
        if newest is not None and (name == TIMESTAMP or have.get(name) != newest[0]):
            chosen.append((newest[0], name, newest[1]))
    return chosen


def roles_for(held: MetadataHolder, path: str) -> list[str]:
    """The roles that lead from the top to the release at ``path``, the bin that lists it last."""
    names: list[str] = []
    top = held.role(TARGETS)
    for role, patterns, terminating in _delegations(top[1])[0] if top else ():
        if not any(_matches(path, pattern) for pattern in patterns):
            continue
        names.append(role)
        newest = held.role(role)
        bins = _delegations(newest[1])[1] if newest else None
        if bins is not None:
            names.append(bin_of(path, *bins))
        if terminating:
            break
    return names


def bin_of(path: str, prefix: str, bits: int) -> str:
    """The bin of a release by the hash of its path, as TUF's succinct delegations say."""
    width = len(f"{2**bits - 1:x}")
    place = int.from_bytes(sha256(path.encode()).digest()[:4], "big") >> (32 - bits)
    return f"{prefix}-{place:0{width}x}"


def _matches(path: str, pattern: str) -> bool:
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


Delegations = tuple[tuple[tuple[str, tuple[str, ...], bool], ...], tuple[str, int] | None]


@lru_cache(maxsize=32)
def _delegations(raw: bytes) -> Delegations:
    """Roles with their patterns, or bins with prefix and bits; nothing from unreadable metadata."""
    try:
        delegations = json.loads(raw)["signed"].get("delegations") or {}
        bins = delegations.get("succinct_roles")
        roles = tuple(
            (str(role["name"]), tuple(map(str, role["paths"])), bool(role["terminating"]))
            for role in delegations.get("roles", ())
        )
        if bins is None:
            return roles, None
        bits = int(bins["bit_length"])
        return roles, (str(bins["name_prefix"]), bits) if 0 < bits <= 32 else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return (), None


def pack_bundle(pieces: Iterable[tuple[int, str, bytes]]) -> bytes:
    """The bundle of these pieces (§8.3)."""
    return _packed(tuple(pieces))


@lru_cache(maxsize=16)  # thousands of stations are told of the same course
def _packed(pieces: tuple[tuple[int, str, bytes], ...]) -> bytes:
    out = Writer()
    for version, role, raw in pieces:
        out.text(f"{version}.{role}")
        out.counted(raw)
    return compress(out.done(), with_dictionary=False)


def unpack_bundle(raw: bytes) -> dict[str, bytes]:
    """The pieces of a bundle by name, ``<version>.<role>``, none of them checked yet.

    Raises:
        MalformedBytes: it is no bundle.
        TooLarge: more would come out than any hub puts in.
    """
    reader = Reader(decompress(raw, MAX_UNPACKED_BYTES, with_dictionary=False))
    pieces: dict[str, bytes] = {}
    while reader.at < len(reader.data):
        name, piece = reader.text(), reader.counted()
        if not PIECE.fullmatch(name) or name in pieces or len(piece) > MAX_PIECE_BYTES:
            raise MalformedBytes(f"piece {name[:60]!r} of {len(piece)} bytes")
        pieces[name] = piece
        if len(pieces) > MAX_PIECES:
            raise MalformedBytes(f"more than {MAX_PIECES} pieces")
    return pieces


def version_of(raw: bytes, role: str) -> int | None:
    """The version that metadata of ``role`` states, unchecked; None where it is no metadata."""
    try:
        signed = json.loads(raw)["signed"]
        kind, version = signed["_type"], signed["version"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    named = role if role in (ROOT, TIMESTAMP, SNAPSHOT) else TARGETS
    return version if kind == named and type(version) is int and version > 0 else None


def ask_path(have: Mapping[str, int], want: Sequence[str]) -> str:
    """The path that asks for what is lacking (§8.4); the releases at most ``MAX_WANTED``."""
    held = ",".join(f"{version}.{role}" for role, version in list(have.items())[:MAX_HAVE])
    releases = (RELEASE.fullmatch(path) for path in want[:MAX_WANTED])
    wanted = ",".join(f"{match[1]}.{match[2]}" for match in releases if match)
    return f"{PATH}?have={quote(held, ',')}&want={quote(wanted, ',')}"


def read_asked(have: str, want: str) -> tuple[dict[str, int], list[str]]:
    """What ``ask_path`` wrote; parts that do not fit are skipped."""
    held: dict[str, int] = {}
    for piece in _listed(have, MAX_HAVE):
        if match := PIECE.fullmatch(piece):
            held[match[2]] = int(match[1])
    paths = []
    for release in _listed(want, MAX_WANTED):
        course, _, version = release.rpartition(".")
        path = f"courses/{course}/{version}.xzp"
        if RELEASE.fullmatch(path):
            paths.append(path)
    return held, paths


def _listed(text: str, most: int) -> list[str]:
    return text[:MAX_QUERY_CHARS].split(",")[:most]
