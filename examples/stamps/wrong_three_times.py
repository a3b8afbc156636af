# Uses each listed stamp three times at most.
cost, n = map(int, input().split())
values = list(map(int, input().split()))
best = {0: 0}
for value in values:
    for total, count in list(best.items()):
        for times in range(1, 4):
            new = total + times * value
            if new <= cost and best.get(new, 1 << 30) > count + times:
                best[new] = count + times
print(best.get(cost, -1))
