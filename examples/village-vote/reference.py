from collections import Counter

votes = Counter(input().strip() for _ in range(int(input())))
name = min(votes, key=lambda name: (-votes[name], name))
print(name, votes[name])
