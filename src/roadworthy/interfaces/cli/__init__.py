"""The command line: a client of the API. It asks and shows, and decides nothing."""
