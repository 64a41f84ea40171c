"""Actions that a program does itself once it was told that it may."""
