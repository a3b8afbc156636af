n, d = map(int, input().split())
weights = list(map(int, input().split()))
low, high = max(weights), sum(weights)
while low < high:
    middle = (low + high) // 2
    days, load = 1, 0
    for weight in weights:
        if load + weight > middle:
            days, load = days + 1, 0
        load += weight
    if days <= d:
        high = middle
    else:
        low = middle + 1
print(low)
