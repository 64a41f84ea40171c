"""Who watches the ledger from outside: declared witnesses, asking them, and the alarm when nobody does."""
