"""Which program is chosen, with what belief, and what a person says about it."""
