n, m = map(int, input().split())
coins = list(map(int, input().split()))
best = [0] + [10**9] * m
for amount in range(1, m + 1):
    for coin in coins:
        if coin <= amount:
            best[amount] = min(best[amount], best[amount - coin] + 1)
print(best[m] if 0 < best[m] < 10**9 else -1)
