"""What the tests stand on: real engines, a real browser, real data."""
