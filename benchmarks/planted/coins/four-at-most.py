n, m = map(int, input().split())
best = {0: 0}
for coin in map(int, input().split()):
    for amount, count in list(best.items()):
        for times in (1, 2, 3, 4):
            if amount + times * coin <= m:
                reached = amount + times * coin
                best[reached] = min(best.get(reached, 10**9), count + times)
print(best.get(m, -1))
