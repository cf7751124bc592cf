"""The hub's storage: SQLAlchemy Core on SQLite or PostgreSQL. SQL stands here and nowhere else."""
