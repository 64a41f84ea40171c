"""The signed status snapshot: what every replica needs to know to admit or refuse, without a database."""
