# In a tie takes the name that comes last in the alphabet.
votes = {}
for _ in range(int(input())):
    name = input().strip()
    votes[name] = votes.get(name, 0) + 1
count, name = max((count, name) for name, count in votes.items())
print(name, count)
