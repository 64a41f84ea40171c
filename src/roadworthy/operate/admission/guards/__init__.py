"""What reads requests and answers before they go on: patterns, canaries, lengths, shapes."""
