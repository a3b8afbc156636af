import sys

words = list(map(int, sys.stdin.buffer.read().split()))
n, m, days = words[:3]
friends: list[list[int]] = [[] for _ in range(n + 1)]
for a, b in zip(words[3::2], words[4::2]):
    friends[a].append(b)
    friends[b].append(a)
knows = [False] * (n + 1)
knows[1] = True
today, count = [1], 1
while today and days:
    days -= 1
    tomorrow = []
    for person in today:
        for friend in friends[person]:
            if not knows[friend]:
                knows[friend] = True
                count += 1
                tomorrow.append(friend)
    today = tomorrow
print(count)
