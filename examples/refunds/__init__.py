"""A support agent that refunds: a hundred picked tickets, and what customers of six shops write."""
