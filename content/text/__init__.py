"""Readers of text, TOML, zip, XML, MathML and pages."""
