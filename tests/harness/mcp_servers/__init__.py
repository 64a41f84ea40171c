"""Reference servers of the Model Context Protocol, started for tests."""
