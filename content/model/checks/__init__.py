"""Checks of single values that strangers wrote: paths, markup, JSON."""
