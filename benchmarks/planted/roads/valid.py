import sys
rows = sys.stdin.read().rstrip("\n").split("\n")
n, m = map(int, rows[0].split())
assert 2 <= n <= 100 and 1 <= m <= 300 and len(rows) == m + 1
for row in rows[1:]:
    a, b = map(int, row.split())
    assert a != b and 1 <= a <= n and 1 <= b <= n
