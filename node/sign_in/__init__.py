"""Who may come in: learners by number and PIN, keepers by name and password."""
