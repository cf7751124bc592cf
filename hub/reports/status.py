"""Status: what the hub holds, in a few lines for the command line."""

from datetime import UTC, datetime

from hub.context.open_hub import Hub
from hub.store import batches, courses, facts, learners, nodes, units
from hub.store.engine import reading
from hub.store.nodes import Node

REBUILD = "学完的日期待重算，请运行 / days are missing, run: xuezhan-hub facts rebuild"


def lines(hub: Hub) -> list[str]:
    """Counts, and one line for each node."""
    with reading(hub.engine) as connection:
        held, records, size = batches.count(connection)
        people, tree = learners.count(connection), units.count(connection)
        published = courses.every(connection)
        there, undated = nodes.every(connection), facts.undated(connection)
    per_record = f"{size / records:.2f} B" if records else "–"
    return [
        f"单位 / units {tree}   学员 / learners {people}   站点机 / nodes {len(there)}",
        f"课程 / courses {len(published)}: " + ", ".join(f"{c.id} v{c.version}" for c in published),
        f"批次 / batches {held}   记录 / records {records}   {size} B, {per_record}/record",
        *([REBUILD] if undated else ()),
        *(_node(node, hub.now()) for node in there),
    ]


def _node(node: Node, now: int) -> str:
    if node.last_seen_at is None:
        heard = "尚未连接 / never heard"
    else:
        at = datetime.fromtimestamp(node.last_seen_at, UTC).isoformat(timespec="minutes")
        heard = f"{at} ({(now - node.last_seen_at) // 60} min)"
    waits = max(0, node.head_seq - node.held_seq)
    refusal = f"   {node.refusal}" if node.refusal else ""
    return f"  {node.id} {node.name} [{node.state}] {heard}   待传 / waiting {waits}{refusal}"
