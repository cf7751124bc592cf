"""The events of the audit log: a code for each, with the names of its parameters.

``store.audit.note`` keeps the code and the parameters' values; ``hub.web.audit_words`` turns them
into words. A code never gets another meaning, and a parameter never another name: old rows stay.
"""

from collections.abc import Mapping

# An event's code -> what it was about, in the order of the page.
EVENTS: Mapping[str, tuple[str, ...]] = {
    "account add": ("account", "role", "unit"),
    "account close": ("account",),
    "account open": ("account",),
    "bank away": ("title",),
    "bank back": ("title",),
    "bank begin": ("bank", "title"),
    "bank rename": ("bank", "title"),
    "class": ("class_id", "unit"),
    "cloned": ("epoch",),
    "content import": ("file", "imported", "same", "refused", "total"),
    "course publish": ("course", "version"),
    "draft approved": ("draft", "comment"),
    "draft begin": ("draft", "title"),
    "draft discard": ("draft", "title"),
    "draft published": ("draft", "comment"),
    "draft returned": ("draft", "comment"),
    "draft submitted": ("draft", "comment"),
    "draft withdrawn": ("draft", "comment"),
    "facts rebuild": ("records", "digest"),
    "fork": ("epoch", "seq", "hash"),
    "init": ("folder",),
    "key rotate": ("generation", "key"),
    "lecturer": ("lecturer", "name"),
    "log in": ("source",),
    "material away": ("title",),
    "material back": ("title",),
    "module share": ("draft", "title"),
    "org import": ("file", "added"),
    "other-history": ("epoch",),
    "password changed": (),
    "question add": ("bank", "question"),
    "question back": ("bank", "question"),
    "question change": ("bank", "question"),
    "question remove": ("bank", "question"),
    "roster import": ("file", "imported", "rows"),
    "roster withdraw": ("learner",),
    "station active": ("node",),
    "station add": ("unit", "node"),
    "station frozen": ("node",),
    "station join": ("unit", "node", "key"),
    "station revoke": ("unit", "node"),
    "station revoked": ("node",),
    "trust": ("changes",),
}
