"""Tables as people see them: a cell is what it shows (SPEC.md §9.7)."""
