"""Secrets of upstreams that are kept here, sealed, or fetched from Vault; none of them can be read back."""
