"""Which tests a change can reach: ``python -m tests.selection REVISION`` prints their files.

A test file is chosen when it, a conftest above it, or anything that these import, directly or
indirectly, has changed since the branch left ``REVISION``. Programs that tests start as commands
count as imported. A changed file that is no module (a template, a script, words, a vector) counts
as a change of the modules in its folder.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from tests.import_graph import PRODUCT, ROOT, imports, module_name, modules

# They read the sources and documents as text, so every change may concern them.
READ_EVERYTHING = ("tests/test_docs.py", "tests/test_faces.py", "tests/test_imports.py")
# When one of these changes, all tests run.
CONCERN_ALL = ("pyproject.toml", "install/requirements/test.txt")
# What a test starts when it runs one of our commands without importing it.
COMMANDS = {"node.__main__", "hub.__main__"}
DOTTED = re.compile(r'"([a-z_]\w*(?:\.[a-z_]\w*)+)"')


def changed_since(revision: str, root: Path = ROOT) -> list[str]:
    """The files that differ from where this branch left ``revision``, untracked ones too.

    Raises:
        subprocess.CalledProcessError: git does not know the revision.
    """

    def git(*arguments: str) -> list[str]:
        line = ["git", "-c", "core.quotePath=false", *arguments]
        done = subprocess.run(line, cwd=root, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.splitlines()

    (begin,) = git("merge-base", revision, "HEAD")
    tracked = git("diff", "--name-only", "--no-renames", begin)
    return sorted({*tracked, *git("ls-files", "--others", "--exclude-standard")})


def select(changed: Iterable[str], root: Path = ROOT) -> list[str]:
    """The test files that a change of the files ``changed`` can reach."""
    changed = sorted(changed)
    if not changed:
        return []
    parsed = modules((*PRODUCT, "tests"), root)
    tests = {name for name, _ in parsed if name.rpartition(".")[2].startswith("test_")}
    if any(file in CONCERN_ALL for file in changed):
        return sorted(map(_file, tests))
    touched = {name for file in changed for name in _touched(PurePosixPath(file), root)}
    known = {name for name, _ in parsed} | touched
    needs = {name: _needs(name, tree, _text(name, root), known) for name, tree in parsed}
    reached = {name for name in tests if touched & _everything_below(name, needs)}
    always = {file for file in READ_EVERYTHING if (root / file).exists()}
    return sorted({*map(_file, reached), *always})


def _file(module: str) -> str:
    return module.replace(".", "/") + ".py"


def _text(module: str, root: Path) -> str:
    path = root / _file(module)
    return (path if path.exists() else path.with_suffix("") / "__init__.py").read_text("utf-8")


def _touched(file: PurePosixPath, root: Path) -> Iterator[str]:
    """The modules that are changed when ``file`` is."""
    if file.parts[0] not in (*PRODUCT, "tests"):
        return
    if file.suffix == ".py":
        yield module_name(root / file, root)
        return
    for folder in file.parents:
        if folder.parts in ((), ("tests",)):
            return
        if around := sorted((root / folder).glob("*.py")):
            yield from (module_name(path, root) for path in around)
            return


def _needs(module: str, tree: ast.Module, text: str, known: set[str]) -> set[str]:
    """The modules of ours that ``module`` needs to run."""
    # Plug-ins and modules that are run by name appear as strings.
    named = {*imports(module, tree), *DOTTED.findall(text)}
    if '"-m"' in text:
        named |= COMMANDS
    named |= {f"{package}.conftest" for package in _packages(module)}
    needed = named & known
    return needed | {package for name in needed for package in _packages(name)} & known


def _packages(module: str) -> list[str]:
    """The packages around ``module``: they are imported before it."""
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _everything_below(name: str, needs: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        if (here := waiting.pop()) not in seen:
            seen.add(here)
            waiting.extend(needs.get(here, ()))
    return seen


def main(revision: str) -> int:
    """Print the chosen files, one a line; say on standard error what led to them."""
    try:
        changed = changed_since(revision)
    except subprocess.CalledProcessError:
        return 2  # git has said why
    print(f"changed since {revision}: {', '.join(changed) or 'nothing'}", file=sys.stderr)
    print("\n".join(select(changed)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
