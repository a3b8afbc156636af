n = int(input())
points = set(map(int, input().split()))
points.remove(max(points))
print(max(points) if points else "none")
