"""What a run shows of itself: the evidence and the result."""
