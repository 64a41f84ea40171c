"""A clinical documentation assistant: fifty clean dictations it was built on, and what three record systems send."""
