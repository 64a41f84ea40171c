"""What is done when an upstream fails: tried again, gone round, left alone for a while."""
