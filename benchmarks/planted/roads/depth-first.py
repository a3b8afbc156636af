n, m = map(int, input().split())
near = [[] for _ in range(n + 1)]
for _ in range(m):
    a, b = map(int, input().split())
    near[a].append(b)
    near[b].append(a)
far = {1: 0}
stack = [1]
while stack:
    town = stack.pop()
    for other in near[town]:
        if other not in far:
            far[other] = far[town] + 1
            stack.append(other)
print(far.get(n, -1))
