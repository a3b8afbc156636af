import sys
rows = sys.stdin.read().rstrip("\n").split("\n")
n = int(rows[0])
points = [tuple(map(int, row.split())) for row in rows[1:]]
assert 3 <= n <= 50 and len(points) == n
assert all(len(point) == 2 and all(abs(each) <= 10**6 for each in point) for point in points)


def side(a, b, c):
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (turn > 0) - (turn < 0)


edges = [(points[i], points[(i + 1) % n]) for i in range(n)]
for i in range(n):
    for j in range(i + 2, n - (i == 0)):
        (a, b), (c, d) = edges[i], edges[j]
        assert side(a, b, c) * side(a, b, d) >= 0 or side(c, d, a) * side(c, d, b) >= 0
