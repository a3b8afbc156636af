import sys
from collections import Counter

words = Counter(sys.stdin.read().split())
print(min(words, key=lambda word: (-words[word], word)))
