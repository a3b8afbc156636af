"""How the programs of a problem are run: the form of their call, their limits, what judges what they
print."""
