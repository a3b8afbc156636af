n, goal = map(int, input().split())
steps = list(map(int, input().split()))
best, first, length = 0, 0, 0
for day, walked in enumerate(steps, 1):
    length = length + 1 if walked >= goal else 0
    if length > best:
        best, first = length, day - length + 1
print(best, first)
