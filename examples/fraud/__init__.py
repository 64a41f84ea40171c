"""A card-fraud model: twelve cleaned months that it learned from, and a production that looks otherwise."""
