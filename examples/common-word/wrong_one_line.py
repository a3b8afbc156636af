# Reads the first line only.
from collections import Counter

words = Counter(input().split())
print(min(words, key=lambda word: (-words[word], word)))
