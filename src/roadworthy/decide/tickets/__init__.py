"""Blockers as tickets in the systems where work is already handed out, and what became of them there."""
