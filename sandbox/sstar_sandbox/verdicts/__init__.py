"""From what a box measured, and what a program printed, to a verdict."""
