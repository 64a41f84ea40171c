"""Who may say yes: decision rights, requests, votes, and what an approval may be used for."""
