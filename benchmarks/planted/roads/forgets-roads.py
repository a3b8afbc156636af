from collections import deque
n, m = map(int, input().split())
near = [{} for _ in range(n + 1)]
for number in range(m):
    a, b = map(int, input().split())
    near[a][number % 4] = b
    near[b][number % 4] = a
far = {1: 0}
queue = deque([1])
while queue:
    town = queue.popleft()
    for other in near[town].values():
        if other not in far:
            far[other] = far[town] + 1
            queue.append(other)
print(far.get(n, -1))
