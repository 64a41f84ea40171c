"""Agent actions: what an agent may do in the organisation's systems, and how it is taken back."""
