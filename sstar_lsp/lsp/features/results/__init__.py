"""What an editor shows of a run, inserts of it, and asks about it."""
