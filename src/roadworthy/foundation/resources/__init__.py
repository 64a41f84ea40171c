"""Declared kinds: YAML with line numbers, JSON Schema, validate, plan, apply, export."""
