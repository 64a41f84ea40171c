"""What this process may connect to: one place decides, and every way out goes by it."""
