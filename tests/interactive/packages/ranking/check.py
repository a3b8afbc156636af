"""Checker in testlib's convention: whether the order in the interactor's output is that of the strengths."""

import sys

strengths = [int(word) for word in open(sys.argv[1]).read().split()[1:]]
right = [1 + place for place in sorted(range(len(strengths)), key=strengths.__getitem__)]
if open(sys.argv[2]).read().split() != [str(player) for player in right]:
    print("the order is not right", file=sys.stderr)
    sys.exit(1)
