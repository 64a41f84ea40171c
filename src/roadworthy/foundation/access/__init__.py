"""Who may open which door: roles, what they permit, and who holds them by which group."""
