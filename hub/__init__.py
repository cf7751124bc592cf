"""Headquarters: intake, publishing, reports."""
