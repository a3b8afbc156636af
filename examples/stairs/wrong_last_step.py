# Looks at the steps below the last one only.
import sys

n, k, *broken = map(int, sys.stdin.read().split())
ways = [1] + [0] * n
for step in range(1, n + 1):
    if step == n or step not in set(broken):
        ways[step] = ways[step - 1] + (ways[step - 2] if step > 1 else 0)
print(ways[n] % 1000000007)
