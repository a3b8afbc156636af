n, s = map(int, input().split())
seen: dict[int, int] = {}
pairs = 0
for weight in map(int, input().split()):
    pairs += seen.get(s - weight, 0)
    seen[weight] = seen.get(weight, 0) + 1
print(pairs)
