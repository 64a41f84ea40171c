"""The assessment report: where a portfolio stands, what is in the way, whom it waits for, and the next thirty days."""
