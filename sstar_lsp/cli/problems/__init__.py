"""Commands about one problem: read it, make it, test and stress programs for it."""
