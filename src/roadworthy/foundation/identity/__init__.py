"""People, sessions and one-time tokens; until a login provider is configured, sign-in is local."""
