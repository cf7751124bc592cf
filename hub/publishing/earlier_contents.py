"""Earlier contents: what the published versions of a course showed as their items.

For giving a new version's contents their numbers, and for asking its author about them. The rule
is ``content.packs.item_contents``.
"""

from dataclasses import replace

from sqlalchemy import Connection

from content.packs.item_contents import SAID, ItemContent, Said, judged, numbered
from content.source.folder import CourseFolder
from hub.context.open_hub import Hub
from hub.store import courses

# Of each version, the newest first.
Earlier = tuple[tuple[ItemContent, ...], ...]


def of_course(hub: Hub, connection: Connection, course_id: str, through: int = 0) -> Earlier:
    """The contents of all versions of a course, or of those up to ``through``; voided ones too."""
    versions = courses.every_version(connection, course_id)
    return tuple(
        hub.rules.contents(sha) for number, sha in versions if not through or number <= through
    )


def judgements(
    hub: Hub, connection: Connection, folder: CourseFolder
) -> dict[Said, tuple[str, ...]]:
    """The titles of items whose files are new: whether they count as the same content or not."""
    course = folder.course
    earlier = of_course(hub, connection, course.id, course.version)
    judged_items = [
        (judged(item, earlier), item.title) for item in numbered(course, earlier, folder.said).items
    ]
    return {said: tuple(title for how, title in judged_items if how == said) for said in SAID}


def numbered_folder(hub: Hub, connection: Connection, folder: CourseFolder) -> CourseFolder:
    """The folder with the numbers that its course's contents have when it is published now."""
    course = folder.course
    earlier = of_course(hub, connection, course.id, course.version)
    return replace(folder, course=numbered(course, earlier, folder.said))
