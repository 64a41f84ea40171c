"""Whom an upstream sees: calls on behalf of a user carry a token for that user and that upstream."""
