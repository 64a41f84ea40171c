"""What is true: data paths, integrations and releases, measured under production's conditions."""
