import sys
rows = sys.stdin.read().rstrip("\n").split("\n")
t = int(rows[0])
assert 1 <= t <= 50 and len(rows) == t + 1
assert all(1 <= int(row) <= 10**9 for row in rows[1:])
