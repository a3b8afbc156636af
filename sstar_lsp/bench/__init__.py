"""The measuring bench: which way of choosing among sampled programs is how good, and at what cost.

A face of its own (``sstar bench``, see ``docs/bench.md``): it drives the engine itself and what it is
compared with, on problems whose hidden tests or recorded verdicts say which program is right.
"""
