"""Carrying by USB stick (sync/SPEC.md §12)."""
