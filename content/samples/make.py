"""Makes the films, subtitles, posters and handouts of the sample courses from ``sources/``.

Run: ``python content/samples/make.py [course …]``; what it needs is in README.md. What it makes
is committed, so nobody needs to run it to use the samples. Questions, readings and
``course.toml`` are written by hand and are not touched here.
"""

import html
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from playwright.sync_api import Page, sync_playwright
from pypinyin import (  # type: ignore[import-not-found]  # only who makes films has it
    Style,
    lazy_pinyin,
    load_phrases_dict,
)

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
CHROMIUM = "/usr/bin/chromium"
LICENCE = "学站示范课程 · 署名 4.0（CC BY 4.0）"

VOICE, WORDS_A_MINUTE, PITCH = "cmn-latn-pinyin", 230, 42
PAUSE_S, SLIDE_PAUSE_S, LAST_PAUSE_S = 0.28, 0.42, 1.5
FRAMES_A_SECOND = 5
# Words for which the dictionary of pypinyin takes the wrong reading.
load_phrases_dict(
    {
        "称重": [["chēng"], ["zhòng"]],
        "核称": [["hé"], ["chēng"]],
        "称一单": [["chēng"], ["yì"], ["dān"]],
    }
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence: the slide it belongs to, the part that is lit, and when it is heard."""

    slide: int
    part: int
    text: str
    begin: float
    end: float
    shown_until: float


def run(*command: object) -> str:
    """Run a command that must succeed; return what it printed."""
    words = [str(word) for word in command]
    done = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout


def main(words: list[str]) -> None:
    """Make everything of the named courses (all when none is named).

    With ``--handouts`` only those: they take a second, the films a minute.
    """
    courses = [word for word in words if not word.startswith("-")]
    all_courses = sorted(path.parent.name for path in SOURCES.glob("*/slides.toml"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        for course in courses or all_courses:
            make_handout(course, page)
            if "--handouts" in words:
                continue
            with tempfile.TemporaryDirectory() as folder:
                starts = make_film(course, page, Path(folder))
            sys.stdout.write(f"{course}: slides begin at {starts}\n")
        browser.close()


def make_film(course: str, page: Page, work: Path) -> list[int]:
    """Make video, subtitles and poster; return the second at which each slide begins."""
    deck = tomllib.loads((SOURCES / course / "slides.toml").read_text("utf-8"))
    target = HERE / course
    target.mkdir(exist_ok=True)
    spoken = speak(deck["slide"], work)
    shoot(deck, spoken, page, work)
    encode(spoken, work, work / "video.mp4")
    shutil.copyfile(work / "video.mp4", target / "video.mp4")
    (target / "video.vtt").write_text(subtitles(spoken), "utf-8")
    run(
        "ffmpeg",
        "-y",
        "-i",
        work / "0.png",
        "-q:v",
        "4",
        "-vf",
        "scale=960:-2",
        target / "poster.jpg",
    )
    first = {line.slide: line.begin for line in reversed(spoken)}
    return [int(first[slide]) for slide in sorted(first)]


def speak(slides: list[dict[str, Any]], work: Path) -> list[Spoken]:
    """Say every sentence with espeak-ng into ``work``; return them with their times."""
    spoken: list[Spoken] = []
    now = 0.5
    for number, slide in enumerate(slides):
        lines = [(-1, slide["say"])]
        lines += [(place, part["say"]) for place, part in enumerate(slide.get("part", []))]
        for place, text in lines:
            name = work / f"{len(spoken)}.wav"
            sounds = pinyin(text)
            speed = str(WORDS_A_MINUTE)
            run("espeak-ng", "-v", VOICE, "-s", speed, "-p", str(PITCH), "-w", name, sounds)
            end = now + seconds_of(name)
            last = place == lines[-1][0]
            until = end + (SLIDE_PAUSE_S if last else PAUSE_S)
            if last and number == len(slides) - 1:
                until = end + LAST_PAUSE_S
            spoken.append(Spoken(number, place, text, now, end, until))
            now = until
    return spoken


def pinyin(text: str) -> str:
    """Return the sounds of a Chinese sentence: espeak-ng alone knows too few characters."""
    sounds = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)
    marks = str.maketrans("，。、；：？！“”", ",.,,,?!  ")
    return str(" ".join(sounds)).replace("v", "ü").translate(marks)


def seconds_of(path: Path) -> float:
    """Return the length of a sound or film."""
    show = ("-show_entries", "format=duration", "-of", "csv=p=0")
    return float(run("ffprobe", "-v", "error", *show, path))


def shoot(deck: dict[str, Any], spoken: list[Spoken], page: Page, work: Path) -> None:
    """Take one picture for each sentence, with the part it speaks of lit."""
    css = (SOURCES / "slides.css").read_text("utf-8")
    colours = f":root{{--accent:{deck['accent']};--tint:{deck['tint']}}}"
    total = len(deck["slide"])
    for number, line in enumerate(spoken):
        body = slide_html(deck, deck["slide"][line.slide], line.part, f"{line.slide + 1} / {total}")
        page.set_content(f"<meta charset=utf-8><style>{colours}{css}</style>{body}")
        page.screenshot(path=work / f"{number}.png")


def slide_html(deck: dict[str, Any], slide: dict[str, Any], lit: int, page_number: str) -> str:
    """Return one slide; parts before ``lit`` are done, those after it still pale."""
    layout = slide["layout"]
    states = ["now" if n == lit else "done" if n < lit else "" for n in range(9)]
    foot = f"依据：{slide['law']}" if "law" in slide else LICENCE
    parts = [
        {name: html.escape(str(value)) for name, value in part.items() if name != "cells"}
        | {"cells": [html.escape(cell) for cell in part.get("cells", [])], "state": states[n]}
        for n, part in enumerate(slide.get("part", []))
    ]
    inner = {
        "title": lambda: f"<p class=lead>{slide['lead']}</p>",
        "points": lambda: points(parts),
        "close": lambda: points(parts),
        "steps": lambda: f"<div class=steps>{''.join(map(step, enumerate(parts, 1)))}</div>",
        "table": lambda: table(slide["head"], parts),
        "compare": lambda: compare(slide, parts),
        "figure": lambda: (
            f"<div class=figure><span class=number>{slide['figure']}</span><div>"
            f"<p class=unit>{slide['unit']}</p><p class=lead>{slide['lead']}</p></div></div>"
        ),
    }[layout]()
    return (
        f"<div class='slide layout-{layout}'><h1>{slide['title']}</h1><div class=rule></div>{inner}"
        f"<div class=foot><span>{foot}</span><span>{page_number}</span></div></div>"
    )


def points(parts: list[dict[str, Any]]) -> str:
    """A numbered list."""
    rows = (
        f"<li class='part {part['state']}'><b>{n}</b><div><p class=text>{part['text']}</p>"
        f"<p class=note>{part.get('note', '')}</p></div></li>"
        for n, part in enumerate(parts, 1)
    )
    return f"<ol class='points {'many' if len(parts) > 3 else ''}'>{''.join(rows)}</ol>"


def step(numbered: tuple[int, dict[str, Any]]) -> str:
    """One column of a row of steps."""
    number, part = numbered
    return (
        f"<div class='part {part['state']}'><b>{number}</b>"
        f"<p class=text>{part['text']}</p><p class=note>{part['note']}</p></div>"
    )


def table(head: list[str], parts: list[dict[str, Any]]) -> str:
    """A table that lights up row by row."""
    heads = "".join(f"<th>{name}</th>" for name in head)
    rows = (
        f"<tr class='part {part['state']}'>"
        f"{''.join(f'<td>{cell}</td>' for cell in part['cells'])}</tr>"
        for part in parts
    )
    return f"<table><tr>{heads}</tr>{''.join(rows)}</table>"


def compare(slide: dict[str, Any], parts: list[dict[str, Any]]) -> str:
    """Two columns, row against row."""
    rows = (
        f"<div class='part cell {part['state']}'>{part['text']}</div>"
        f"<div class='part cell right {part['state']}'>{part['note']}</div>"
        for part in parts
    )
    heads = f"<div class=head>{slide['left']}</div><div class='head right'>{slide['right']}</div>"
    return f"<div class=compare>{heads}{''.join(rows)}</div>"


def encode(spoken: list[Spoken], work: Path, target: Path) -> None:
    """Join pictures and sentences into an mp4 that Chromium 86 plays from its first bytes."""
    pictures, sounds, filters = [], [], []
    for number, line in enumerate(spoken):
        shown = line.shown_until - (line.begin if number else 0.0)
        pictures.append(f"file '{work}/{number}.png'\nduration {shown:.3f}\n")
        sounds += ["-i", f"{work}/{number}.wav"]
        delay = int(line.begin * 1000)
        filters.append(f"[{number + 1}:a]adelay={delay}:all=1[a{number}]")
    pictures.append(f"file '{work}/{len(spoken) - 1}.png'\n")  # or the last one is not held
    (work / "list.txt").write_text("".join(pictures), "utf-8")
    every = "".join(f"[a{number}]" for number in range(len(spoken)))
    mix = (
        f"{every}amix=inputs={len(spoken)}:normalize=0,highpass=f=90,lowpass=f=7000,"
        "loudnorm=I=-20:TP=-3,alimiter=limit=0.6:level=0[a]"
    )
    length = f"{spoken[-1].shown_until:.2f}"
    run(
        *("ffmpeg", "-y", "-f", "concat", "-safe", "0", "-i", work / "list.txt", *sounds),
        *("-filter_complex", ";".join([*filters, mix]), "-map", "0:v", "-map", "[a]"),
        *("-vf", f"fps={FRAMES_A_SECOND},format=yuv420p", "-t", length),
        *("-c:v", "libx264", "-profile:v", "main", "-level", "3.1", "-preset", "veryslow"),
        *("-tune", "animation", "-crf", "31", "-g", str(FRAMES_A_SECOND * 20)),
        *("-c:a", "aac", "-b:a", "18k", "-ac", "1", "-ar", "16000"),
        *("-movflags", "+faststart", "-map_metadata", "-1", "-fflags", "+bitexact", target),
    )


def subtitles(spoken: list[Spoken]) -> str:
    """Return the sentences as WebVTT."""
    cues = (f"{stamp(line.begin)} --> {stamp(line.end + 0.2)}\n{line.text}\n" for line in spoken)
    return "WEBVTT\n\n" + "\n".join(cues)


def stamp(seconds: float) -> str:
    """Return a time as WebVTT writes it."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"00:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def make_handout(course: str, page: Page) -> None:
    """Print ``handout.md`` as an A4 PDF."""
    deck = tomllib.loads((SOURCES / course / "slides.toml").read_text("utf-8"))
    text = (SOURCES / course / "handout.md").read_text("utf-8")
    css = (SOURCES / "handout.css").read_text("utf-8")
    body = MarkdownIt("commonmark").enable("table").render(text)
    body = re.sub(r"<td>([^<]{1,14}|[^<]*&lt; m[^<]*)</td>", r"<td class=short>\1</td>", body)
    page.set_content(
        f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>{deck['title']}讲义</title>"
        f"<style>:root{{--accent:{deck['accent']};--tint:{deck['tint']}}}{css}</style>"
        f"<header><p>市场监管基层培训 · 讲义</p><h1>{deck['title']}</h1></header>{body}"
        f"<footer>{LICENCE}。依据编写时现行的法律法规整理；条文如有修订，以现行文本为准。</footer>"
    )
    page.pdf(path=HERE / course / "handout.pdf", prefer_css_page_size=True, print_background=True)


if __name__ == "__main__":
    main(sys.argv[1:])
