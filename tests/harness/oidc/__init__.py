"""A certified identity provider on this machine: a real one, run as a process."""
