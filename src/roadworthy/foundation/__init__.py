"""What every layer stands on; knows nothing of AI."""
