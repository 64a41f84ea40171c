"""Limits and budgets: windows over principals, reserved before a call and settled after it, never overshot."""
