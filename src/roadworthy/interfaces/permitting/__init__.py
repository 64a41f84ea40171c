"""Which permission every address needs, in one table, and the gate that holds every request against it."""
