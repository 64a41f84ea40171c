"""What is known about a use case, by which method, from when and until when."""
