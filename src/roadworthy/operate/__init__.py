"""What happens to each call and action once a use case runs."""
