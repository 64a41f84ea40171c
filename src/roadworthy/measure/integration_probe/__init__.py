"""The declared integrations, tried as the production workload would use them."""
