"""Documents that are drafted from what runs and say what they were drafted from."""
