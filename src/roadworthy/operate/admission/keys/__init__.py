"""Gateway keys: what an application shows to be let in; each for one use case at one stage."""
