"""From rows to figures: statistics, tables and charts."""
