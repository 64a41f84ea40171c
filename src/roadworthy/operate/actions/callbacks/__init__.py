"""Calling agents back when what they asked for is over."""
