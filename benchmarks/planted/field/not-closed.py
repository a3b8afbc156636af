points = [tuple(map(int, input().split())) for _ in range(int(input()))]
print(abs(sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(points, points[1:]))))
