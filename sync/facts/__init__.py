"""Facts: what follows from records, the same at both ends (SPEC.md §9)."""
