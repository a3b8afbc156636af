# Forgets the streak that lasts until the end.
n, goal = map(int, input().split())
steps = list(map(int, input().split()))
best = first = length = start = 0
for day, walked in enumerate(steps, 1):
    if walked >= goal:
        if length == 0:
            start = day
        length += 1
    else:
        if length > best:
            best, first = length, start
        length = 0
print(best, first)
