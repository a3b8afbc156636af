"""Measures ways of choosing among sampled programs: how good each is, and what it costs.

``sstar bench`` (``docs/bench.md``) runs the engine and its baselines on problems with hidden tests or
recorded verdicts.
"""
