"""Which pilots to push next: what each is worth, held against the work that is still open, and why."""
