"""The append-only, externally verifiable record of who decided what, on what basis, with what oversight."""
