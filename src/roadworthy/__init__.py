"""Roadworthy takes an AI use case from a pilot that demoed well to a system the organisation can operate."""

__version__ = "0.1.0"
