# Takes the one of several most common words that is met first.
import sys
from collections import Counter

print(Counter(sys.stdin.read().split()).most_common(1)[0][0])
