# Tells the rumour in the direction of the list only.
import sys

words = list(map(int, sys.stdin.read().split()))
n, m, days = words[:3]
friends = [[] for _ in range(n + 1)]
for a, b in zip(words[3::2], words[4::2]):
    friends[a].append(b)
knows, today = {1}, [1]
while today and days:
    days -= 1
    today = list({f for person in today for f in friends[person]} - knows)
    knows.update(today)
print(len(knows))
