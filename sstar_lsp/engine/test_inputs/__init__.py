"""Test inputs: made without a model, checked for legality, minimised."""
