"""Signing in through OpenID Connect providers: by hand, so that every check stands here and can be read."""
