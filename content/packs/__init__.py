"""Packs: the signed manifest of a course, as stations open it."""
