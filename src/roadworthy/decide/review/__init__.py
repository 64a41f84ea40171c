"""Readiness reviews: go, conditional go, no-go, pivot or stop, decided by named people on evidence frozen for it."""
