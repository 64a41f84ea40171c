"""The rubric, what it says of each use case, and what blocks each."""
