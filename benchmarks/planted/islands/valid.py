import sys
rows = sys.stdin.read().rstrip("\n").split("\n")
r, c = map(int, rows[0].split())
assert 1 <= r <= 30 and 1 <= c <= 30 and len(rows) == r + 1
assert all(len(row) == c and set(row) <= {"#", "."} for row in rows[1:])
