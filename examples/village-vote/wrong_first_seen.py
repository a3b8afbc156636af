# In a tie takes the name that was written down first.
from collections import Counter

votes = Counter(input().strip() for _ in range(int(input())))
print(*votes.most_common(1)[0])
