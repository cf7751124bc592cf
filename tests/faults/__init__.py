"""Faults made on purpose: kill, line."""
