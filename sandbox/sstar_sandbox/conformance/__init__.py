"""The conformance and escape suite: hostile programs and honest ones, the same for every backend and mode.

Part of the package because ``doctor`` runs it on the user's own machine; ``python -m
sstar_sandbox.conformance`` runs it alone.
"""
