"""What the blocks of a statement say: examples, headings, titles, and what is no problem."""
