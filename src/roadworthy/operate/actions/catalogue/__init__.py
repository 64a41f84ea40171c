"""Which actions there are: compiled for the gateway, imported from servers and documents, pinned."""
