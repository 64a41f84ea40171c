"""One module for each protocol: its trials, in the order in which they are made."""
