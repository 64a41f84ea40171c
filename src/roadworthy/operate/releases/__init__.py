"""Releases: what exactly runs, part by part, how that is known, and how it gets there and back."""
