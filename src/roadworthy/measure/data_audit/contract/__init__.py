"""Data contracts in the Open Data Contract Standard: read as declarations, written from what the pilot had."""
