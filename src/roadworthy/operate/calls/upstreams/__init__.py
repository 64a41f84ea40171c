"""What upstreams speak: each module makes requests in one manner of addressing and authentication."""
