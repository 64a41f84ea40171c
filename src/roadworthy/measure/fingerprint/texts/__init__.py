"""What is known of texts: stop words, scripts, marks of damage and of hidden content. Data, no I/O."""
