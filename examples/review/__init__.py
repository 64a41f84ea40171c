"""A reviewer of government documents: two hundred that it was shown, and a quarter of twenty thousand."""
