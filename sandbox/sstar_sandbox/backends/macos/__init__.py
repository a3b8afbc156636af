"""Isolation on macOS: Seatbelt profiles and a worker that polls. **Not yet run on a real Mac.**"""

TIER = "seatbelt"
"""Name of its only backend."""
