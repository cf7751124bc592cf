"""The look that node and hub share: style sheet, icons, templates, words (README.md).

Nothing here knows Flask: the two applications wire it in as ``content.face.wiring`` says.
"""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
WORDS = Path(__file__).parent / "words"
