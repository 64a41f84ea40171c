"""The register: every AI use case with its owners, data, integrations and the number it must move."""
