"""Browsers for the tests and screenshots: Debian's Chromium, and Chromium 86, the oldest we serve.

Nothing here fails: what cannot be had is reported, and the tests that need it are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from install.environment import ROOT, apt, say

FONTS = Path("/usr/share/fonts")
# Chromium 86.0.4240 as it is packed in the npm package; the tests look here.
CHROMIUM_86 = ROOT / ".cache" / "chromium86" / "chromium"
PACKED_IN = "chrome-aws-lambda@5.3.1"
PACKED_AT = "node_modules/chrome-aws-lambda/bin"
UNPACK = (
    'const fs=require("fs"),z=require("zlib");'
    "fs.writeFileSync(process.argv[2],z.brotliDecompressSync(fs.readFileSync(process.argv[1])))"
)


def prepare() -> None:
    """Install what is missing, where this machine allows it, and say what is still missing."""
    _chromium()
    _fonts()
    _chromium_86()


def _chromium() -> None:
    if shutil.which("chromium") or shutil.which("chromium-browser"):
        return
    # Debian also has a smaller one without windows; elsewhere the one with windows must do.
    if not apt("chromium", "chromium-headless-shell") and not apt("chromium"):
        say("No Chromium here: browser tests are skipped. As root: apt-get install chromium")


def _fonts() -> None:
    if any(FONTS.glob("**/NotoSansCJK*")) or any(FONTS.glob("**/wqy*")):
        return
    if not apt("fonts-noto-cjk"):
        say("No Chinese font here: screenshots show boxes. As root: apt-get install fonts-noto-cjk")


def _chromium_86() -> None:
    if CHROMIUM_86.exists():
        return
    if shutil.which("npm") is None or shutil.which("node") is None:
        say("No npm here: the tests in Chromium 86 are skipped.")
        return
    say("Fetching Chromium 86 (once) …")
    folder = CHROMIUM_86.parent
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "chromium.part"
    options = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--silent"]
    install = ["npm", "install", *options, "--prefix", str(folder), PACKED_IN]
    unpack = ["node", "-e", UNPACK, str(folder / PACKED_AT / "chromium.br"), str(part)]
    for command in (install, unpack):
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            say("npm could not bring it: the tests in Chromium 86 are skipped.")
            return
    part.chmod(0o755)
    os.replace(part, CHROMIUM_86)
    shutil.rmtree(folder / "node_modules", ignore_errors=True)
