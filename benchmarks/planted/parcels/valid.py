import sys
rows = sys.stdin.read().rstrip("\n").split("\n")
n, d = map(int, rows[0].split())
weights = list(map(int, rows[1].split()))
assert 1 <= d <= n <= 100 and len(rows) == 2 and len(weights) == n
assert all(1 <= weight <= 10**9 for weight in weights)
