"""Questions while they are read: drafts, keys, identity, tags, HTML."""
