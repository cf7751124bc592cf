"""Question banks of others, in and out (SPEC.md §9).

``read`` takes GIFT, Aiken, Moodle XML, QTI, workbooks and papers, and recognises them by their
content. ``write`` exports a bank so that reading it again gives the same bank. Libraries that only
the hub has are imported inside functions: stations have this package too, but not those libraries.
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
