"""Plans: a course while it is being written, as values, and how its modules and items move.

Building a course from a plan is in ``hub.authoring.build``, who may change a plan in
``hub.authoring.draft_editing``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count

from content.model.course import Course, Item
from content.model.terms import ModuleKind, Origin
from content.packs.item_contents import Said


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """One item: a material, or questions of a bank as practice or exam.

    ``chapters`` and ``types`` choose questions of the bank; empty means all. ``content``: what the
    author says of files that are others than in the versions before.
    """

    id: str
    title: str
    kind: str
    required: bool = True
    material: int = 0
    seconds: int = 0
    bank: int = 0
    chapters: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    draw: int = 10
    minutes: int = 30
    pass_percent: int = 60
    attempts: int = 2
    content: Said = ""


@dataclass(frozen=True, slots=True)
class ModulePlan:
    """A module with its items. ``shared``: which shared module it is, as of which edition."""

    id: str
    title: str = ""
    kind: ModuleKind = "base"
    items: tuple[ItemPlan, ...] = ()
    shared: int = 0
    shared_edition: int = 0


@dataclass(frozen=True, slots=True)
class DocumentPlan:
    """One document of a volume: its description, and where its text is.

    ``text`` is the SHA-256 of the text, ``characters`` its length. The text is in the line of
    ``blob`` that begins at ``offset``.
    """

    id: str
    title: str
    text: str
    characters: int
    blob: str
    offset: int
    length: int
    number: str = ""
    issued: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """A volume of a library; ``sha256`` and ``size`` belong to the file that is made from it."""

    id: str
    title: str
    documents: tuple[DocumentPlan, ...] = ()
    sha256: str = ""
    size: int = 0

    @property
    def characters(self) -> int:
        """The length of all its texts."""
        return sum(document.characters for document in self.documents)


@dataclass(frozen=True, slots=True)
class Plan:
    """A course being written. One module without a title is a course without modules.

    With volumes and no items it is a library (``hub.authoring.volume_editing``).
    """

    title: str
    summary: str = ""
    lecturer: str = ""
    lecturer_about: str = ""
    source: str = ""
    origin: Origin = ""
    category: str = ""
    required: bool = True
    hours: str = "0"
    credits: str = "0"
    licence_holder: str = ""
    licence_expires: str = ""
    licence_stations: int = 0
    modules: tuple[ModulePlan, ...] = (ModulePlan("m1"),)
    volumes: tuple[VolumePlan, ...] = ()

    @property
    def is_library(self) -> bool:
        """Whether people search it and do not study it."""
        return bool(self.volumes) and not self.items

    @property
    def items(self) -> tuple[ItemPlan, ...]:
        """All items in order."""
        return tuple(item for module in self.modules for item in module.items)

    def item(self, item_id: str) -> ItemPlan | None:
        """The item of this id."""
        return next((item for item in self.items if item.id == item_id), None)

    def volume(self, volume_id: str) -> VolumePlan | None:
        """The volume of this id."""
        return next((volume for volume in self.volumes if volume.id == volume_id), None)

    def module(self, module_id: str) -> ModulePlan | None:
        """The module of this id."""
        return next((module for module in self.modules if module.id == module_id), None)


def of_course(
    course: Course, numbers: Mapping[str, int], volumes: tuple[VolumePlan, ...] = ()
) -> Plan:
    """The plan that builds ``course`` again; ``numbers``: each item's material or bank."""
    modules = tuple(
        ModulePlan(
            module.id if module else "m1",
            module.title if module else "",
            module.kind if module else "base",
            tuple(_plan_of(item, numbers.get(item.id, 0)) for item in items),
        )
        for module, items in course.parts()
    )
    return Plan(
        course.title, course.summary, course.lecturer, course.lecturer_about, course.source,
        course.origin, course.category, course.required, course.hours, course.credits,
        course.licence.holder, course.licence.expires, course.licence.stations, modules, volumes,
    )  # fmt: skip


def _plan_of(item: Item, number: int) -> ItemPlan:
    plan = ItemPlan(item.id, item.title, item.kind, item.required, seconds=item.seconds)
    plan = replace(plan, bank=number) if item.questions else replace(plan, material=number)
    if item.exam is None:
        return plan
    exam = item.exam
    return replace(
        plan, draw=exam.draw, minutes=exam.minutes, pass_percent=exam.pass_percent,
        attempts=exam.attempts,
    )  # fmt: skip


def with_item(plan: Plan, module_id: str, item: ItemPlan) -> Plan:
    """The plan with one more item at the end of a module, under a free id.

    An item that was taken out may have had this id: what comes now is not its content.
    """
    ids = {other.id for other in plan.items} | {volume.id for volume in plan.volumes}
    new = replace(item, id=_free(item.kind, ids), content="other")
    return _module(plan, module_id, lambda module: replace(module, items=(*module.items, new)))


def with_changed(plan: Plan, item: ItemPlan) -> Plan:
    """The plan with the item of this id replaced."""
    return _items(plan, lambda old: item if old.id == item.id else old)


def without_item(plan: Plan, item_id: str) -> Plan:
    """The plan without an item."""
    modules = (
        replace(module, items=tuple(item for item in module.items if item.id != item_id))
        for module in plan.modules
    )
    return replace(plan, modules=tuple(modules))


def moved(plan: Plan, item_id: str, step: int) -> Plan:
    """The plan with an item one place up (-1) or down (1), into the next module at the edge."""
    at = next((n for n, m in enumerate(plan.modules) if item_id in [i.id for i in m.items]), None)
    if at is None:
        return plan
    items = list(plan.modules[at].items)
    place = [item.id for item in items].index(item_id)
    if 0 <= place + step < len(items):
        items.insert(place + step, items.pop(place))
        return _module(
            plan, plan.modules[at].id, lambda module: replace(module, items=tuple(items))
        )
    if not 0 <= at + step < len(plan.modules):
        return plan
    item = items[place]
    beside = plan.modules[at + step]
    there = (item, *beside.items) if step > 0 else (*beside.items, item)
    plan = without_item(plan, item_id)
    return _module(plan, beside.id, lambda module: replace(module, items=there))


def placed(plan: Plan, item_id: str, module_id: str, before: str) -> Plan:
    """The plan with an item in a module before the item ``before``, or at the end of the module."""
    item = plan.item(item_id)
    if item is None or plan.module(module_id) is None or item_id == before:
        return plan
    plan = without_item(plan, item_id)

    def put(module: ModulePlan) -> ModulePlan:
        ids = [each.id for each in module.items]
        at = ids.index(before) if before in ids else len(ids)
        return replace(module, items=(*module.items[:at], item, *module.items[at:]))

    return _module(plan, module_id, put)


def with_module(plan: Plan, module: ModulePlan) -> Plan:
    """The plan with one more module at its end; only that module's ids may change. Its items are
    new here, as in ``with_item``."""
    ids = {other.id for other in plan.modules}
    known = {item.id for item in plan.items} | {volume.id for volume in plan.volumes}
    items = []
    for item in module.items:
        fresh = item.id if item.id not in known else _free(item.kind, known)
        known.add(fresh)
        items.append(replace(item, id=fresh, content="other"))
    new = replace(module, id=_free("m", ids), items=tuple(items))
    return replace(plan, modules=(*plan.modules, new))


def without_module(plan: Plan, module_id: str) -> Plan:
    """The plan without a module and its items; the last module stays."""
    modules = tuple(module for module in plan.modules if module.id != module_id)
    return replace(plan, modules=modules) if modules else plan


def module_moved(plan: Plan, module_id: str, step: int) -> Plan:
    """The plan with a module one place up (-1) or down (1)."""
    modules = list(plan.modules)
    place = next((n for n, module in enumerate(modules) if module.id == module_id), None)
    if place is None or not 0 <= place + step < len(modules):
        return plan
    modules.insert(place + step, modules.pop(place))
    return replace(plan, modules=tuple(modules))


def module_changed(plan: Plan, module: ModulePlan) -> Plan:
    """The plan with the module of this id replaced."""
    return _module(plan, module.id, lambda _old: module)


def _module(plan: Plan, module_id: str, change: Callable[[ModulePlan], ModulePlan]) -> Plan:
    modules = (change(module) if module.id == module_id else module for module in plan.modules)
    return replace(plan, modules=tuple(modules))


def _items(plan: Plan, change: Callable[[ItemPlan], ItemPlan]) -> Plan:
    modules = (replace(module, items=tuple(map(change, module.items))) for module in plan.modules)
    return replace(plan, modules=tuple(modules))


def _free(stem: str, taken: set[str]) -> str:
    return next(f"{stem}{n}" for n in count(1) if f"{stem}{n}" not in taken)
