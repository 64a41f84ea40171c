"""Answers of the record, without a store."""
