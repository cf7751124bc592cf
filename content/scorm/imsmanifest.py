"""Manifest of a package: ``imsmanifest.xml`` in, its activities out (SPEC.md §2.8).

Tolerant where authoring tools are careless (namespaces, cases, escapes, missing organisations),
strict in what comes out. Sequencing is ``content.scorm.sequencing``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from posixpath import normpath
from typing import Literal
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from content.model import limits
from content.model.activities import Activity, Scorm
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault, Faults
from content.scorm.sequencing import run_time_fields, sequencing_of
from content.text.xml_clean import (
    attribute,
    child,
    children,
    clean,
    decoded,
    text_of,
    with_prefixes,
)

FILE = "imsmanifest.xml"
Find = Callable[[str], str | None]
Version = Literal["1.2", "2004"]

# XML_ERROR_UNBOUND_PREFIX of expat, which the standard library has no name for.
_UNBOUND_PREFIX = 27
_OTHER_SERVER = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_SCHEMAS = ((re.compile(r"^\s*(?:CAM )?1\.3|2004"), "2004"), (re.compile(r"^\s*1\.[12]"), "1.2"))


@dataclass(frozen=True, slots=True)
class _Resource:
    """One ``resource``: what it opens, as written, with all ``xml:base`` before it."""

    id: str
    href: str
    sco: bool
    shown: bool  # a page to look at, not a question bank or the like


@dataclass(slots=True)
class _Reader:
    find: Find
    version: Version
    resources: dict[str, _Resource]
    faults: Faults = field(default_factory=Faults)
    activities: list[Activity] = field(default_factory=list)

    def note(self, code: str, key: str, **values: str | int) -> None:
        self.faults.add(code, FILE, 0, key[:80], **values)


def read_manifest(raw: bytes, find: Find) -> tuple[str, Scorm, tuple[Fault, ...]]:
    """Return the title, the activities, and notes on what had to be left out.

    ``find`` gives the path of a file by the name that the manifest has for it.

    Raises:
        ContentFaults: it is no manifest, or nothing in it can be opened.
    """
    root, undeclared = _parsed(raw)
    if _local_name(root) != "manifest":
        raise ContentFaults([Fault("scorm-manifest-other", FILE, values={"name": root.tag[-40:]})])
    reader = _Reader(find, _version(root), _resources(root))
    for prefix in undeclared:
        reader.note("scorm-prefix", "", name=prefix)
    organisation = _organisation(root)
    if organisation is not None:
        collections = _collections(root)
        _add(reader, organisation, 0, 0, collections)
    if organisation is None or not any(activity.launch for activity in reader.activities):
        _add_resources(reader, organisation)
    if not any(activity.launch for activity in reader.activities):
        if not len(reader.faults):
            reader.note("scorm-nothing-to-open", "")
        raise ContentFaults(reader.faults)
    title = reader.activities[0].title or next(
        activity.title for activity in reader.activities if activity.launch
    )
    scorm = Scorm(reader.version, tuple(reader.activities))
    return title[: limits.MAX_TITLE_CHARS], scorm, tuple(reader.faults)


def _parsed(raw: bytes) -> tuple[Element, tuple[str, ...]]:
    """Return the root, and the prefixes that were used and not declared: nothing here asks for a
    namespace, so a manifest without them can be read."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    undeclared: tuple[str, ...] = ()
    try:
        text = decoded(raw)
        try:
            root: Element = fromstring(text)
        except ParseError as error:
            if error.code != _UNBOUND_PREFIX:
                raise
            text, undeclared = with_prefixes(text)
            root = fromstring(text)
    except DefusedXmlException as error:
        raise ContentFaults([Fault("scorm-manifest-entities", FILE)]) from error
    except UnicodeError as error:
        raise ContentFaults([Fault("scorm-manifest-encoding", FILE)]) from error
    except ParseError as error:
        line = error.position[0]
        detail = {"detail": str(error).partition(":")[0]}
        raise ContentFaults([Fault("scorm-manifest-xml", FILE, line, values=detail)]) from error
    except (ValueError, LookupError, RecursionError) as error:
        detail = {"detail": type(error).__name__}
        raise ContentFaults([Fault("scorm-manifest-xml", FILE, values=detail)]) from error
    return root, undeclared


def _local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _version(root: Element) -> Version:
    schema = text_of(child(child(root, "metadata"), "schemaversion"))
    for pattern, version in _SCHEMAS:
        if pattern.search(schema):
            return "2004" if version == "2004" else "1.2"
    names = {element.tag for element in root.iter()}
    names |= {name for element in root.iter() for name in element.attrib}
    return "2004" if any("adlcp_v1p3" in name or "imsss" in name for name in names) else "1.2"


def _resources(root: Element) -> dict[str, _Resource]:
    resources: dict[str, _Resource] = {}
    group = child(root, "resources")
    base = attribute(root, "base") + (attribute(group, "base") if group is not None else "")
    for element in children(group, "resource"):
        href = attribute(element, "href").strip()
        kind = attribute(element, "type").lower()
        resource = _Resource(
            id=attribute(element, "identifier"),
            href=base + attribute(element, "base") + href if href else "",
            sco=attribute(element, "scormtype").lower() == "sco",
            shown="webcontent" in kind or not kind,
        )
        resources.setdefault(resource.id, resource)
    return resources


def _organisation(root: Element) -> Element | None:
    group = child(root, "organizations")
    organisations = list(children(group, "organization"))
    if not organisations or group is None:
        return None
    wanted = attribute(group, "default")
    return next(
        (
            organisation
            for organisation in organisations
            if attribute(organisation, "identifier") == wanted
        ),
        organisations[0],
    )


def _collections(root: Element) -> dict[str, Element]:
    group = child(root, "sequencingCollection")
    return {attribute(element, "ID"): element for element in children(group, "sequencing")}


def _add(
    reader: _Reader, element: Element, parent: int, depth: int, collections: dict[str, Element]
) -> None:
    """Add an organisation or item, and what is in it."""
    if len(reader.activities) >= limits.MAX_ACTIVITIES:
        raise ContentFaults(
            [Fault("scorm-too-many", FILE, values={"limit": limits.MAX_ACTIVITIES})]
        )
    if depth > limits.MAX_ACTIVITY_DEPTH:
        raise ContentFaults(
            [Fault("scorm-too-deep", FILE, values={"limit": limits.MAX_ACTIVITY_DEPTH})]
        )
    place = len(reader.activities)
    activity = Activity(
        id=_identifier(reader, attribute(element, "identifier")),
        title=clean(text_of(child(element, "title")), limits.MAX_ACTIVITY_TITLE_CHARS),
        parent=parent,
        hidden=attribute(element, "isvisible").lower() in ("false", "0"),
        **run_time_fields(element),
    )
    if depth:
        activity = _opening(reader, activity, element)
    if reader.version == "2004":
        activity = replace(activity, sequencing=sequencing_of(element, collections))
    reader.activities.append(activity)
    for item in children(element, "item"):
        _add(reader, item, place, depth + 1, collections)


def _identifier(reader: _Reader, written: str) -> str:
    """A unique id for each activity: some tools write none, or the same one twice."""
    name = clean(written, limits.MAX_ACTIVITY_ID_CHARS - 8) or f"activity-{len(reader.activities)}"
    while any(activity.id == name for activity in reader.activities):
        name += "-2"
    return name[: limits.MAX_ACTIVITY_ID_CHARS]


def _opening(reader: _Reader, activity: Activity, element: Element) -> Activity:
    """Return the activity with what it opens; if it opens nothing, note why."""
    wanted = attribute(element, "identifierref")
    if not wanted:
        return activity
    resource = reader.resources.get(wanted)
    if resource is None:
        reader.note("scorm-no-resource", activity.id, id=wanted[:80])
        return activity
    return _with_file(reader, activity, resource, attribute(element, "parameters"))


def _with_file(
    reader: _Reader, activity: Activity, resource: _Resource, parameters: str
) -> Activity:
    href = resource.href
    if not href:
        reader.note("scorm-no-resource", activity.id, id=resource.id[:80])
    elif _OTHER_SERVER.match(href):
        reader.note("scorm-other-server", activity.id, address=href[:120])
    else:
        path, query = _parts(href, parameters)
        launch = reader.find(path) if path else None
        if launch is None:
            reader.note("scorm-file-missing", activity.id, path=href[:120])
        elif len(query) > limits.MAX_QUERY_CHARS:
            reader.note("scorm-query-long", activity.id, limit=limits.MAX_QUERY_CHARS)
        else:
            return replace(activity, launch=launch, query=query, sco=resource.sco)
    return activity


def _parts(href: str, parameters: str) -> tuple[str, str]:
    """The normalised path that an address opens, and what follows it (CAM 1.3.1 §3.4.3)."""
    href = clean(href.replace("\\", "/"), 4_000)
    path, mark, fragment = href.partition("#")
    path, question, query = path.partition("?")
    tail = question + query + mark + fragment
    more = clean(parameters, 4_000).lstrip("?&")
    if more.startswith("#"):
        tail = tail if mark else tail + more
    elif more:
        joint = "&" if question else "?"
        tail = question + query + joint + more + mark + fragment
    straight = normpath(path) if path else ""
    return ("" if straight.startswith(("..", "/")) else straight), tail


def _add_resources(reader: _Reader, organisation: Element | None) -> None:
    """A package whose organisation opens nothing: each SCO, else each page, is an activity."""
    if organisation is None:
        reader.activities.append(Activity("organisation", ""))
    openable = [
        resource for resource in reader.resources.values() if resource.href and resource.shown
    ]
    chosen = [resource for resource in openable if resource.sco] or openable[:1]
    for resource in chosen[: limits.MAX_ACTIVITIES - len(reader.activities)]:
        path = unquote(_parts(resource.href, "")[0])
        title = clean(path.rpartition("/")[2].rpartition(".")[0], 80)
        activity = Activity(_identifier(reader, resource.id), title)
        with_file = _with_file(reader, activity, resource, "")
        if with_file.launch:
            reader.activities.append(with_file)
