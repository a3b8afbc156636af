"""From rows to figures: statistics and tables."""
