"""Only what changed: chunks, recipes, patches."""
