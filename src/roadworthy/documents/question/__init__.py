"""The question page: who let this happen, knowing what; each line with the ledger entry that says it."""
