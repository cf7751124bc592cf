"""Imports between scripts: each path becomes an address with a hash (docs/decisions/0028).

A script names another by its path, ``import { ask } from "../api.js"``, as editors and
``node --test`` expect. A browser would ask for that path beside the importer, under the importer's
hash. So at start each path is replaced by the address of the file with its present bytes. A
module's own hash then covers the hashes of all that it imports. ``content.face.static_files``
serves the result.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from posixpath import normpath

SUFFIXES = (".js", ".mjs")
# ``import … from "x"``, ``export … from "x"`` and ``import "x"`` at the start of a line, and
# ``import("x")`` anywhere.
_NAMED = re.compile(
    r"""(?P<before>^(?:import\s*|(?:import|export)\b[^'";]*?\bfrom\s*)|\bimport\(\s*)"""
    r"""(?P<quote>['"])(?P<name>[^'"\n]+)(?P=quote)""",
    re.MULTILINE,
)
_COMPUTED = re.compile(r"""\bimport\(\s*[^\s'"]""")


def name_by_hash(
    bodies: Mapping[str, bytes], address: Callable[[str, bytes], str]
) -> dict[str, bytes]:
    """``bodies`` (name → file) with the address of the file in place of each relative import.

    ``address`` gives the address at which a file of this name with these bytes is served. An
    import that begins with "/" is already an address.

    Raises:
        ValueError: an import names no file, is computed, or modules import each other in a circle.
    """
    done: dict[str, bytes] = {}

    def finish(name: str, importers: tuple[str, ...]) -> bytes:
        if name in importers:
            circle = " → ".join((*importers[importers.index(name) :], name))
            raise ValueError(f"modules import each other in a circle: {circle}")
        if name not in done:
            done[name] = rewrite(name, (*importers, name))
        return done[name]

    def rewrite(name: str, importers: tuple[str, ...]) -> bytes:
        if not name.endswith(SUFFIXES):
            return bodies[name]
        text = bodies[name].decode("utf-8")
        if _COMPUTED.search(text):
            raise ValueError(f"{name} computes the name of a module: give import() a text")

        def addressed(match: re.Match[str]) -> str:
            if match["name"].startswith("/"):
                return match[0]
            target = _target(name, match["name"])
            if target not in bodies:
                raise ValueError(f"{name} imports {match['name']}: there is no file {target}")
            where = address(target, finish(target, importers))
            return f"{match['before']}{match['quote']}{where}{match['quote']}"

        return _NAMED.sub(addressed, text).encode("utf-8")

    return {name: finish(name, ()) for name in bodies}


def _target(importer: str, name: str) -> str:
    if not name.startswith(("./", "../")):
        raise ValueError(f"{importer} imports {name}: begin it with ./ or ../")
    return normpath((PurePosixPath(importer).parent / name).as_posix())
