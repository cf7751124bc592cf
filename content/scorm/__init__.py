"""SCORM: packages of SCORM 1.2 and SCORM 2004, read from their zips (SPEC.md §2.8).

``read`` is all that others need. At the hub only: a node gets the files one by one, and their
activities in the course's manifest (``content.model.activities``).
"""

from content.scorm.package import OTHER_STANDARDS, ScormPackage, inspect, keep, read

__all__ = ["OTHER_STANDARDS", "ScormPackage", "inspect", "keep", "read"]
