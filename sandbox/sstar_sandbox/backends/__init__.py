"""The kinds of isolation that there are, and the choice among them."""
