"""Word documents (.docx) as values: paragraphs with their numbers, tables (SPEC.md §9.10).

``opened`` gives a ``Document``; banks are read out of it by ``content.questions.paper.word``, pages
by ``content.word.page``. Only the parts that are shown are read: no macro, no embedded file, no
header, and nothing that lies on another server. Hub only: stations see what was made of them.
"""
