"""The history of the database's shape; one line of revisions for both engines."""

HEAD = "0016"
"""The revision that this code works with. A test holds it against the scripts, so that asking is free of Alembic."""
