"""The record of a call or an action: what was intended, what came of it, what it cost; windows, metrics, traces."""
