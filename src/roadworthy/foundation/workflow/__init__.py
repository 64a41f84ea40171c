"""Timers: what has to happen later, kept in the database so that neither a restart nor a crash forgets it."""
