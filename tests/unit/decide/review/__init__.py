"""Readiness reviews."""
