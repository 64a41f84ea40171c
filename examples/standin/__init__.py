"""A stand-in for a language model behind an OpenAI-compatible interface, which misbehaves when it is told to."""
