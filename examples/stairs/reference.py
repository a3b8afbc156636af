import sys

n, k, *broken = map(int, sys.stdin.read().split())
whole = [True] * (n + 1)
for step in broken:
    whole[step] = False
before, here = 0, 1
for step in range(1, n + 1):
    before, here = here, (before + here) % 1000000007 if whole[step] else 0
print(here)
