"""Whether an action may be done: who asks, every reason for a no or a hold, and the windows that it is charged to."""
