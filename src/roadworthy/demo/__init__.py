"""A believable organisation to look at: invented, generated from a seed, and gappy in the way real portfolios are."""
