"""tau-bench's retail shop, as tools that act on its database: behaviour of ours, written from its policy."""
