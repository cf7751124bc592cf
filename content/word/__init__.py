"""Word documents (.docx) as values: paragraphs with their numbers, tables (SPEC.md §9.10).

``document.opened`` gives a ``WordDocument``. ``content.questions.paper.word`` reads banks out of
it, ``content.word.page`` makes pages. Only the parts that are shown are read: no macro, no
embedded file, no header, and nothing from another server. Hub only: stations get what was made of
a document.
"""
