"""What clients speak: each module reads one kind of request and answer, and says errors in its native shape."""
