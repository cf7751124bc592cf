"""Which module of ours imports which, read from the sources; nothing is imported here.

``tests/test_imports.py`` compares it with the rooms; ``tests/selection.py`` uses it to find the
tests that a change can reach.
"""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("sync", "content", "node", "hub", "install")


def module_name(path: Path, root: Path = ROOT) -> str:
    """The name by which the file ``path`` is imported."""
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    return name.removesuffix(".__init__")


@cache
def modules(
    folders: Sequence[str] = PRODUCT, root: Path = ROOT
) -> tuple[tuple[str, ast.Module], ...]:
    """Every module in ``folders`` with its syntax tree, folder by folder in order of paths."""
    paths = [path for folder in folders for path in sorted((root / folder).rglob("*.py"))]
    gc.disable()  # a million small nodes that all stay: looking through them again costs half
    try:
        return tuple(
            (module_name(path, root), ast.parse(path.read_text(encoding="utf-8"))) for path in paths
        )
    finally:
        gc.enable()


def _statements(block: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements, nested ones too; not their expressions, which would take ten times longer.

    Nodes that hold statements but are none (``except``, ``case``) are passed through.
    """
    for node in block:
        yield node
        for name in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, name, ()))
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            yield from _statements(part.body)


def imports(module: str, tree: ast.Module) -> Iterator[str]:
    """Every name that ``module`` imports, relative imports written out."""
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: -node.level]
                base = ".".join([*above, base]).strip(".")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def edges() -> dict[str, set[str]]:
    """Module of the product -> the modules of ours that it imports, inside functions too."""
    known = {name for name, _ in modules()}
    graph: dict[str, set[str]] = {}
    for name, tree in modules():
        seen = {
            target if target in known else target.rpartition(".")[0]
            for target in targets(name, tree)
        }
        graph[name] = seen & known - {name}
    return graph


def targets(module: str, tree: ast.Module) -> Iterator[str]:
    """What ``module`` imports, by full name; a package is left out where its module is named."""
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that import each other, by Tarjan's algorithm."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in sorted(edges[name]):
            if other not in order:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], order[other])
        if low[name] == order[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                groups.append(sorted(group))

    for name in sorted(edges):
        if name not in order:
            visit(name)
    return groups
