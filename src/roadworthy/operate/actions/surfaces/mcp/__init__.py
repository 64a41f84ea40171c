"""The Model Context Protocol as agents speak it to the gateway, in its revisions 2026-07-28 and 2025-11-25."""
