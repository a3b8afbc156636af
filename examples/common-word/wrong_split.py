# Cuts at white space only and strips the punctuation.
import string
import sys
from collections import Counter

words = Counter(w.strip(string.punctuation).lower() for w in sys.stdin.read().split())
if words:
    print(*min(words.items(), key=lambda item: (-item[1], item[0])))
else:
    print("none 0")
