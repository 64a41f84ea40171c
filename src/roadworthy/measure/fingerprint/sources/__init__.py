"""From a location to something an engine can select from: files, databases, object storage, documents."""
