"""Every address of the hub that names a thing, with a request for each of its buttons."""

from __future__ import annotations

from dataclasses import dataclass

from hub.rights import Deed, Relation

REFUSED = frozenset({403, 404})
OWN_AND_BELOW = frozenset({Relation.OWN, Relation.LOWER})


@dataclass(frozen=True)
class Request:
    """One address that names a thing, and what is sent to it.

    ``deed``: where the view names two, which of them this is. ``reaches``: where the thing narrows
    what its deed allows. ``first``: what is done to the database before. ``refused``: what the page
    answers where the thing is typed and not linked.
    """

    endpoint: str
    path: str
    form: dict[str, str] | None = None
    deed: Deed | None = None
    reaches: frozenset[Relation] = frozenset(Relation)
    first: str = ""
    refused: frozenset[int] = REFUSED

    def __str__(self) -> str:
        button = (self.form or {}).get("do") or (self.form or {}).get("what") or ""
        return f"{'GET' if self.form is None else 'POST'} {self.path} {button}".strip()


_EDITION = {"edition": "1"}
_COLUMNS = (
    "title, category, required, hours, credits, manifest_sha, size, exam_key, published_at, "
    "published_by"
)
_VERSION_BEFORE = (
    f"INSERT INTO course (id, version, {_COLUMNS}) SELECT id, 0, {_COLUMNS} FROM course"  # noqa: S608
)
_TYPED = frozenset({400})
_CLASS = {
    "title": "新班", "unit": "{code}", "course": "{course}", "opens": "2026-12-01",
    "closes": "2026-12-20",
}  # fmt: skip
_RUNNING = "UPDATE class SET opens = '2026-01-01', closes = '2027-01-20'"
_LIBRARY = "/authoring/{library}/volumes"
REQUESTS = [
    Request("units.show", "/units/{unit}"),
    Request("unit_pages.record", "/units/{unit}/record"),
    Request("unit_pages.change", "/units/{unit}/change/rename"),
    Request(
        "unit_pages.change", "/units/{unit}/change/rename",
        {"name": "新名", "reason": "批文", "sure": "yes"},
    ),
    Request("stations.show", "/stations/{node}"),
    Request("stations.note", "/stations/{node}/note"),
    Request("stations.revoke", "/stations/{node}/revoke"),
    Request("stations.set_state", "/stations/{node}/state", {"state": "revoked"}),
    Request("stations.replace", "/stations/{node}/replace"),
    Request(
        "stations.unfreeze", "/stations/{node}/unfreeze", first="UPDATE node SET state = 'frozen'"
    ),
    Request("stations.reset_keeper", "/stations/{node}/keeper"),
    Request("stations.reset_keeper", "/stations/{node}/keeper", {}),
    Request("stations.set_state", "/stations/{node}/state", {"state": "frozen"}),
    Request("stations.new_code", "/stations/{node}/code", {"replace": "yes"}),
    Request(
        "stations.add", "/stations/new",
        {"parent": "{code}", "where": "below", "code": "{code}77", "name": "新所"},
        refused=frozenset({200}),
    ),
    Request("aside.listed", "/stations/{node}/aside"),
    Request("aside.ask", "/stations/{node}/aside/ask?learner={ghost}&do=counted"),
    Request(
        "aside.decide", "/stations/{node}/aside", {"learner": "{ghost}", "do": "counted"},
    ),
    Request("learners.show", "/learners/{learner}"),
    Request("learners.records", "/learners/{learner}/records"),
    Request("person.history", "/learners/{learner}/history"),
    Request("person.leave", "/learners/{learner}/leave"),
    Request("person.leave", "/learners/{learner}/leave", {"state": "left", "day": "2026-11-18"}),
    Request("courses.void_version", "/courses/{course}/void/0", first=_VERSION_BEFORE),
    Request(
        "courses.void_version", "/courses/{course}/void/0", {"why": "错"}, first=_VERSION_BEFORE
    ),
    Request(
        "person.come_back", "/learners/{learner}/return", {},
        first="UPDATE learner SET active = 0",
    ),
    Request("person.change", "/learners/{learner}/change"),
    Request(
        "person.change", "/learners/{learner}/change",
        {"name": "改名", "unit": "{code}", "post": ""},
    ),
    Request("rosters.done", "/roster/imports/{roster}"),
    Request("rosters.missing", "/roster/imports/{roster}/missing"),
    Request(
        "rosters.missing", "/roster/imports/{roster}/missing", {},
        first="""UPDATE roster_import SET missing = '["L-own", "L-lower"]'""",
    ),
    Request("rosters.undo", "/roster/imports/{roster}/undo"),
    Request("rosters.undo", "/roster/imports/{roster}/undo", {}),
    Request("courses.show", "/courses/{course}"),
    Request("courses.end", "/courses/{course}/end"),
    Request("courses.end", "/courses/{course}/end", {"reason": "过时"}),
    Request("reviewing.version_changes", "/courses/{course}/changes/1"),
    Request("classes.show", "/classes/{class}"),
    Request("classes.new", "/classes/new", {**_CLASS, "sure": "yes"}, refused=_TYPED),
    Request("classes.edit", "/classes/{class}/edit"),
    Request("classes.edit", "/classes/{class}/edit", {**_CLASS, "sure": "yes"}),
    Request("classes.end", "/classes/{class}/end", first=_RUNNING),
    Request("classes.end", "/classes/{class}/end", {"reason": "停"}, first=_RUNNING),
    Request("classes.cancel", "/classes/{class}/cancel", first=_RUNNING),
    Request("classes.cancel", "/classes/{class}/cancel", {"reason": "停"}, first=_RUNNING),
    Request("authoring.next_version", "/authoring/next/{course}", {}),
    Request("authoring.copy", "/authoring/copy/{course}", {}),
    Request("authoring.show", "/authoring/{draft}"),
    Request(
        "authoring.change", "/authoring/{draft}",
        {"do": "module-add", "title": "新", "kind": "base", **_EDITION},
    ),
    Request("authoring.change", "/authoring/{draft}", {"do": "share", "module": "m1", **_EDITION}),
    Request("authoring.about", "/authoring/{draft}/about"),
    Request(
        "authoring.about", "/authoring/{draft}/about",
        {"title": "新名", "hours": "1", "credits": "0", **_EDITION},
    ),
    Request("authoring.add", "/authoring/{draft}/add/m1"),
    Request(
        "authoring.add", "/authoring/{draft}/add/m1",
        {"kind": "practice", "bank": "{bank}", **_EDITION},
    ),
    Request("authoring.item", "/authoring/{draft}/items/page1"),
    Request("authoring.item", "/authoring/{draft}/items/page1", {"title": "新", **_EDITION}),
    Request("reviewing.ask_remove", "/authoring/{draft}/remove?item=page1"),
    Request("reviewing.ask_discard", "/authoring/{draft}/discard"),
    Request("reviewing.discard", "/authoring/{draft}/discard", _EDITION),
    Request("reviewing.preview", "/authoring/{draft}/preview"),
    Request("reviewing.preview_item", "/authoring/{draft}/preview/exam1"),
    Request("reviewing.review", "/authoring/{draft}/review"),
    Request(
        "reviewing.decide", "/authoring/{draft}/review", {"what": "submit", **_EDITION}, Deed.WRITE
    ),
    Request(
        "reviewing.decide", "/authoring/{review}/review", {"what": "withdraw", "edition": "2"},
        Deed.WRITE,
    ),
    Request(
        "reviewing.decide", "/authoring/{review}/review", {"what": "approve", "edition": "2"},
        Deed.REVIEW,
    ),
    Request(
        "reviewing.decide", "/authoring/{review}/review",
        {"what": "return", "comment": "改", "edition": "2"}, Deed.REVIEW,
    ),
    Request(
        "reviewing.release", "/authoring/{approved}/publish", {"unit": "{code}", "edition": "3"}
    ),
    Request("library.change", _LIBRARY, {"do": "add", "title": "三"}),
    Request("library.show", _LIBRARY + "/v1"),
    Request("library.change_volume", _LIBRARY + "/v1", {"do": "title", "title": "改"}),
    Request("library.remove_volume", _LIBRARY + "/v1/remove"),
    Request("library.remove_volume", _LIBRARY + "/v1/remove", {}),
    Request("library.document", _LIBRARY + "/v1/{document}"),
    Request("library.put_document", _LIBRARY + "/v1/{document}", {"title": "改"}),
    Request("library.remove", _LIBRARY + "/v1/{document}/remove"),
    Request("library.remove", _LIBRARY + "/v1/{document}/remove", {}),
    Request("materials.show", "/materials/{material}"),
    Request("materials.change", "/materials/{material}", {"what": "title", "title": "改"}),
    Request("materials.change", "/materials/{material}", {"what": "away"}),
    Request("materials.job", "/materials/imports/{job}"),
    Request("materials.report_file", "/materials/imports/{job}/report.csv"),
    Request(
        "materials.do_again", "/materials/imports/{job}", {},
        first="UPDATE import_job SET state = 'waiting', beat_at = 0",
    ),
    Request("media.blob", "/media/{sha}"),
    Request("banks.show", "/banks/{bank}", reaches=OWN_AND_BELOW),
    Request("banks.show", "/banks/{open_bank}"),
    Request("banks.export", "/banks/{bank}/export?format=gift", reaches=OWN_AND_BELOW),
    Request("banks.export", "/banks/{open_bank}/export?format=gift"),
    Request("banks.change", "/banks/{bank}", {"what": "title", "title": "改"}),
    Request("banks.change", "/banks/{bank}", {"what": "open"}),
    Request("banks.change", "/banks/{open_bank}", {"what": "close"}),
    Request("banks.change", "/banks/{bank}", {"what": "away"}),
    Request("banks.back", "/banks/{bank}/back/{before}", {}),
    Request("questions.new", "/banks/{bank}/new"),
    Request(
        "questions.new", "/banks/{bank}/new",
        {"type": "truefalse", "text": "新题？", "answer": "A"},
    ),
    Request("questions.show", "/banks/{bank}/questions/{question}", reaches=OWN_AND_BELOW),
    Request("questions.put", "/banks/{bank}/questions/{question}", {"remove": "1"}),
    Request("accounts.show", "/accounts/{account}"),
    Request("accounts.change", "/accounts/{account}", {"do": "details", "real_name": "改"}),
    Request("accounts.change", "/accounts/{account}", {"do": "close", "sure": "1"}),
    Request(
        "accounts.change", "/accounts/{account}",
        {"do": "give", "role": "author", "unit": "{code}"},
    ),
    Request("accounts.reset", "/accounts/{account}/reset"),
    Request("accounts.reset", "/accounts/{account}/reset", {}),
    Request(
        "accounts.index", "/accounts",
        {"name": "new", "password": "long enough", "role": "viewer", "unit": "{code}"},
        refused=_TYPED,
    ),
]  # fmt: skip
