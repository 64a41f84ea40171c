"""The gateway as a server: HTTP in, the funnel, HTTP out. No decision is taken here."""
