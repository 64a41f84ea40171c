"""How systems are asked: over HTTP, over the Model Context Protocol, or as a function."""
