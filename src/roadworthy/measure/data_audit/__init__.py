"""The pilot's data against production's: every gap named, sized and given a way to close."""
