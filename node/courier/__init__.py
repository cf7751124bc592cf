"""When to sync, and what a sync does."""
