"""People, sessions, one-time tokens, and the tokens of programs; until a login provider is set up, sign-in is local."""
