"""From what the services answer to the values that pages show: the wording, and nothing else."""
