from collections import Counter
counts = Counter(input().strip())
pairs = sum(count // 2 for count in counts.values())
print(min(2 * pairs + (1 if any(count % 2 for count in counts.values()) else 0), sum(counts.values())))
