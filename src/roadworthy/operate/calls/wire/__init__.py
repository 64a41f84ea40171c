"""HTTP toward upstreams: addresses that are checked, connections that end when nobody waits for them any more."""
