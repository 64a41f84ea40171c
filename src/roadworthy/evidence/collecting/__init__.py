"""Evidence out of what stands already: runs of an experiment tracker, and spreadsheets of past reviews.

`runs` and `reviews` are pure: they turn what was read into submissions, and what cannot be one into findings. `service`
hands them in. Nothing is recorded before a person could look at it.
"""
