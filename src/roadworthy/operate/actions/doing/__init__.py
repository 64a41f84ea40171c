"""Doing an action: intent, the asking of its system, outcome, each written down before the next begins."""
