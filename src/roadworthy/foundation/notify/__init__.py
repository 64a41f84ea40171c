"""Telling people: what, by which channel, when, and whether it arrived. A message links to a page, never decides."""
