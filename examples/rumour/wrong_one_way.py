# Tells the rumour in the direction of the list only.
import sys

words = list(map(int, sys.stdin.read().split()))
n, m = words[:2]
friends = [[] for _ in range(n + 1)]
for a, b in zip(words[2::2], words[3::2]):
    friends[a].append(b)
knows, told = {1}, [1]
for person in told:
    for friend in friends[person]:
        if friend not in knows:
            knows.add(friend)
            told.append(friend)
print(len(knows))
