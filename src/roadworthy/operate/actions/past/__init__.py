"""What agents asked for in the past, decided anew under other rules; nothing is done, and nothing is written."""
