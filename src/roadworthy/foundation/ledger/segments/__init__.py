"""Records in large numbers: a journal that is durable at once, sealed in segments of which each is one ledger entry."""
