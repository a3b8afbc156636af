"""Source text: comments, signatures, literals, calls, and the problem in a program's comment."""
