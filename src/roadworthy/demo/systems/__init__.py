"""Four systems of Halden's shop on which its support agent acts: orders, payments, tickets and mail.

Each is an HTTP service of its own with its own keys, its own idea of idempotency, an audit log in a format of its own,
and faults that can be switched on. What they hold is invented and forgotten when they end.
"""
