"""Pages of the keeper."""
