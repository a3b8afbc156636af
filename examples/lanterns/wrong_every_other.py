# Lights every other lantern, from the first or from the second.
n = int(input())
values = list(map(int, input().split()))
best = max(sum(values[0::2]), sum(values[1::2]), values[0] + sum(values[3::2]))
print(best)
