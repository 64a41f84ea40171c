"""The command line, in the process."""
