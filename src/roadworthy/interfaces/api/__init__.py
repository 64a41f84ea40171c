"""The HTTP API: one router for each capability. It translates, and decides nothing."""
