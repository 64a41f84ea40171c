"""Who is told of what: from what the ledger records, and from what time brings, to messages for people."""
