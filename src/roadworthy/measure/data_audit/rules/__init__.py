"""The rules of the gap catalogue, one module per area. Pure: from two fingerprints to checks."""
