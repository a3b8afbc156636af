# Pairs a parcel of half the weight with itself.
from collections import Counter

n, s = map(int, input().split())
count = Counter(map(int, input().split()))
print(sum(times * count[s - weight] for weight, times in count.items()) // 2)
