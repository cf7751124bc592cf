"""What an application needs of the face, in one object. Flask stays with the application.

In ``create_app`` (node and hub alike)::

    FACE = wiring.face(Path(__file__).parent.parent / "words")          # module level
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(FACE.templates)])
    app.jinja_env.globals.update(FACE.globals)                           # _, language, face_url
    app.jinja_env.filters.update(FACE.filters)                           # ago, lasting, moment, …
    app.before_request(lambda: FACE.speak(request.cookies.get("lang", "")))

    @app.get("/face/<mark>/<path:name>")
    def face_file(mark, name):
        reply = FACE.shelf.answer(mark, name, request.headers.get("Accept-Encoding", ""),
                                  request.headers.get("If-None-Match", ""))
        return Response(reply.body, reply.status, reply.headers) if reply else abort(404)

An application's own scripts get the same service from a ``StaticFiles`` of their own.
``/lang`` (POST, field ``lang``) sets the cookie and goes back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from content.face import STATIC, TEMPLATES, WORDS, questions, spoken, words
from content.face.static_files import StaticFiles

BUNDLES = {"xuezhan.css": ("vendor/modern-normalize/modern-normalize.css", "xuezhan.css")}


@dataclass(frozen=True, slots=True)
class Face:
    """Templates, words and static files, ready to be wired in."""

    shelf: StaticFiles
    catalogue: words.Catalogue
    templates: Path = TEMPLATES
    filters: dict[str, Callable[..., str]] = field(default_factory=lambda: dict(spoken.FILTERS))

    @property
    def globals(self) -> dict[str, Callable[..., Any]]:
        """Names that every template may use."""
        own: dict[str, Callable[..., Any]] = {
            "_": words.gettext,
            "language": words.language,
            "face_url": self.shelf.url,
        }
        return own | questions.GLOBALS

    def speak(self, asked: str) -> None:
        """Choose the language of this request; call it before each."""
        words.use(self.catalogue, words.choose(asked, self.catalogue))


def face(*words_folders: Path) -> Face:
    """The face with the words of an application beside its own."""
    return Face(StaticFiles(STATIC, "/face", BUNDLES), words.load(WORDS, *words_folders))
