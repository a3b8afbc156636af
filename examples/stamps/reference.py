cost, n = map(int, input().split())
values = set(map(int, input().split()))
fewest = [0] + [cost + 1] * cost
for sum_ in range(1, cost + 1):
    for value in values:
        if value <= sum_ and fewest[sum_ - value] + 1 < fewest[sum_]:
            fewest[sum_] = fewest[sum_ - value] + 1
print(fewest[cost] if fewest[cost] <= cost else -1)
