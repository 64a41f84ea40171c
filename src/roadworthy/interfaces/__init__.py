"""How people and programs reach Roadworthy; no decisions live here."""
