"""All parts of the face on a few pages, for the eye: ``python -m tests.faces.gallery [page…]``.

Writes HTML and pictures to ``.cache/gallery/``. Not part of the product; nobody ships it.
"""

import sys
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from content.face import words
from content.face.wiring import face
from tests.faces.pictures import SIZES, chromium, new_page, sideways, take

PAGES = Path(__file__).parent / "gallery"
OUT = Path(".cache/gallery")


def environment() -> Environment:
    """Jinja as the applications have it, with the style sheet beside the pages."""
    ours = face()
    loader = FileSystemLoader([PAGES, ours.templates])
    env = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    env.globals.update(ours.globals)
    env.globals.update(face_url=lambda name: name, get_flashed_messages=lambda **_: [])
    env.filters.update(ours.filters)
    return env


def render(env: Environment, name: str, **values: Any) -> Path:
    """One gallery page as a file that a browser can open."""
    path = OUT / f"{name}.html"
    path.write_text(env.get_template(f"{name}.html").render(**values), "utf-8")
    return path


def main(wanted: list[str]) -> None:
    """Render and photograph the pages named, or all."""
    OUT.mkdir(parents=True, exist_ok=True)
    ours = face()
    for name in ("xuezhan.css", "mark.svg"):
        reply = ours.shelf.answer("", name)
        assert reply is not None
        (OUT / name).write_bytes(reply.body)
    words.use(ours.catalogue, "zh")
    env = environment()
    names = wanted or sorted(p.stem for p in PAGES.glob("[a-z]*.html"))
    with chromium() as browser:
        for name in names:
            path = render(env, name)
            for size in SIZES:
                page = new_page(browser, size)
                page.goto(path.resolve().as_uri())
                take(page, OUT / f"{name}-{size}.png")
                print(f"{name} {size}: {sideways(page)} px sideways")
                page.context.close()


if __name__ == "__main__":
    main(sys.argv[1:])
