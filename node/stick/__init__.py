"""Carriers: ways for parcels besides the direct line: a stick, a relay (sync/SPEC.md §12)."""
