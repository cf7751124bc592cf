"""Materials: what an import keeps of a file for future courses."""

from sqlalchemy import Connection

from content.source.material import Taken
from hub import rights
from hub.context.open_hub import Hub
from hub.materials.import_report import ImportedThing, ImportReport
from hub.rights import Actor, Deed
from hub.store import materials
from hub.store.materials import NewMaterial


def keep(
    hub: Hub, connection: Connection, taken: Taken, source: str, by: Actor
) -> tuple[ImportedThing, bool]:
    """Keep what was imported as a material; True when it was there already."""
    scope = rights.scope(by, Deed.WRITE)
    known = materials.find_same(connection, scope, taken.sha256)
    if known is not None:
        return ImportedThing("material", str(known.id), known.title), True
    item = taken.item
    new = NewMaterial(
        rights.home(by, Deed.WRITE).id,
        item.title,
        source[:300],
        taken.size,
        taken.sha256,
        item,
        hub.now(),
        by.name,
    )
    return ImportedThing("material", str(materials.add(connection, new)), item.title), False


def keep_and_report(
    hub: Hub, connection: Connection, taken: Taken, name: str, by: Actor
) -> ImportReport:
    """Keep what was imported as a material, and report it."""
    thing, same = keep(hub, connection, taken, name, by)
    counts = {"same": 1} if same else {"imported": 1}
    return ImportReport(name, made=(thing,), remarks=taken.notes, **counts)  # type: ignore[arg-type]
