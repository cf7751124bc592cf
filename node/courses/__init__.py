"""Which courses are wanted, trusted, fetched and kept on disk."""
