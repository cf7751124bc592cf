"""Question banks of others, in and out (SPEC.md §9).

``read`` takes what people have: GIFT, Aiken, Moodle XML, QTI and workbooks, recognised by what is
in them. ``write`` gives a bank back so that reading it again gives the same. Libraries of the
hub are imported where they are needed: stations have this package too, but not those.
"""

from content.questions.exporter import FORMATS, write
from content.questions.importer import read
from content.questions.model.identity import canonical, derived_id, fingerprint
from content.questions.model.report import Imported
from content.questions.table.columns import headings_key, recognise

__all__ = [
    "FORMATS",
    "Imported",
    "canonical",
    "derived_id",
    "fingerprint",
    "headings_key",
    "read",
    "recognise",
    "write",
]
