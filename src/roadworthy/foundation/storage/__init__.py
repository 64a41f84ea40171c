"""One narrow store over SQLite (embedded) and PostgreSQL (replicas)."""
