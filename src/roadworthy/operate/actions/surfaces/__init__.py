"""What agents speak: bodies over HTTP, messages of the Model Context Protocol."""
