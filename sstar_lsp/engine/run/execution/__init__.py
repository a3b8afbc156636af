"""How the programs of a problem are run: form of the call, limits, judge of their outputs."""
