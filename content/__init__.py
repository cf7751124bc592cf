"""Packs: versioned, signed releases of courses. See SPEC.md."""
