# Goes through every day, even when nobody hears anything new.
import sys

words = list(map(int, sys.stdin.read().split()))
n, m, days = words[:3]
friends = [[] for _ in range(n + 1)]
for a, b in zip(words[3::2], words[4::2]):
    friends[a].append(b)
    friends[b].append(a)
knows = {1}
for _ in range(days):
    knows |= {friend for person in knows for friend in friends[person]}
print(len(knows))
