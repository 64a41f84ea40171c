"""What carries out each subject that can be decided: a plan, a waiver, a duty, or something that others do."""
