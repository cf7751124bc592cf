"""A course with a SCORM package for the pictures: three parts on checking a market stall."""

from __future__ import annotations

from pathlib import Path

from install.demo import Demonstration
from install.servers import ask
from tests.scorm import Part, package

COURSEWARE = "stall-check"
PARTS = (
    ("one", "第一节 看证照", "摊位的营业执照挂在哪里？", "显著位置", "抽屉里"),
    ("two", "第二节 看进货", "索要哪两样？", "票据和证明", "合影和名片"),
    ("three", "第三节 看秤", "电子秤先看什么？", "检定标志", "外壳颜色"),
)
PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:20px/1.8 sans-serif;margin:40px;color:#1d2a24}}h1{{color:#14503f}}
label{{display:block;padding:12px 16px;margin:12px 0;border:1px solid #9aa79f}}</style>
<h1>{title}</h1><p id="ready">{asks}</p>
<label><input type="radio" name="a"> {right}</label><label><input type="radio" name="a"> {wrong}
</label><script>
let api = null
for (let from = window, n = 0; n < 9 && !api; n += 1) {{ api = from.API; from = from.parent }}
api.LMSInitialize(""); api.LMSSetValue("cmi.core.lesson_status", "incomplete"); api.LMSCommit("")
</script></html>"""


def publish_courseware(demo: Demonstration, place: Path) -> None:
    """Publish it, and let the stations fetch it."""
    folder = place / COURSEWARE
    folder.mkdir()
    files: dict[str, str | bytes] = {
        f"{name}.html": PAGE.format(title=title, asks=asks, right=right, wrong=wrong)
        for name, title, asks, right, wrong in PARTS
    }
    parts = (Part(name, title, f"{name}.html") for name, title, *_words in PARTS)
    (folder / "talk.zip").write_bytes(package(*parts, files=files))
    (folder / "course.toml").write_text(
        f'id = "{COURSEWARE}"\nversion = 1\ntitle = "市场摊位检查（互动）"\nrequired = false\n'
        '[[item]]\nid = "talk"\nkind = "scorm"\ntitle = "摊位三步查"\nfile = "talk.zip"\n',
        "utf-8",
    )
    ask("hub", demo.hub.data, "course", "publish", folder)
    for node in demo.nodes.values():
        ask("node", node.data, "sync")
