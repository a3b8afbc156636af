"""Programs that a model writes to help with the choice: input generators, validators, checkers."""
