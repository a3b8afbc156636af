"""The command line: every command, and what a terminal shows."""
