"""Evidence packs: a part of the ledger in one file that proves itself to whoever has the public key."""
