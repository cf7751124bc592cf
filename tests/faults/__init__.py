"""Faults made on purpose: killed nodes, broken lines, wrong clocks, hostile content."""
