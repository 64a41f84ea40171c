"""The status snapshot."""
