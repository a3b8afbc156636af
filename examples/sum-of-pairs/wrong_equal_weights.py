# Counts a weight once, however many parcels have it.
n, s = map(int, input().split())
seen = set()
pairs = 0
for weight in map(int, input().split()):
    if s - weight in seen:
        pairs += 1
    seen.add(weight)
print(pairs)
