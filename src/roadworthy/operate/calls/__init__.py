"""Model calls: what clients speak, what upstreams speak, and what lies between when something fails."""
