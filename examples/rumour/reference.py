import sys

words = list(map(int, sys.stdin.buffer.read().split()))
n, m = words[:2]
friends: list[list[int]] = [[] for _ in range(n + 1)]
for a, b in zip(words[2::2], words[3::2]):
    friends[a].append(b)
    friends[b].append(a)
knows = [False] * (n + 1)
knows[1] = True
told = [1]
for person in told:
    for friend in friends[person]:
        if not knows[friend]:
            knows[friend] = True
            told.append(friend)
print(len(told))
