import sys
rows = sys.stdin.read().rstrip("\n").split("\n")
n = int(rows[0])
assert 1 <= n <= 200 and len(rows) == n + 1
for row in rows[1:]:
    begin, end = map(int, row.split())
    assert 0 <= begin < end <= 1440
