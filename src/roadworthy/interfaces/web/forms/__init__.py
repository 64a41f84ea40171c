"""Forms: from a declared spec to fields and back, with nothing lost on the way."""
