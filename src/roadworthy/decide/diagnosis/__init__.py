"""Failure modes named before they strike: declared rules over what is known, in three-valued logic."""
