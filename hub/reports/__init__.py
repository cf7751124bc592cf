"""Figures and stories for pages. Reads only."""
