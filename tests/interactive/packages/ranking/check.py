"""Checker in testlib's convention: whether the order in the interactor's output is that of the strengths."""

import sys
from pathlib import Path

words, answer = (Path(name).read_text().split() for name in sys.argv[1:3])
strengths = [int(word) for word in words[1:]]
right = [1 + place for place in sorted(range(len(strengths)), key=strengths.__getitem__)]
if answer != [str(player) for player in right]:
    print("the order is not right", file=sys.stderr)
    sys.exit(1)
