"""Agent runs: looked at, completed, taken back."""
