"""Operating certificates: what a go permits, signed, with an envelope, and kept true until it ends."""
