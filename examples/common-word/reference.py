import re
import sys
from collections import Counter

words = Counter(re.findall("[a-z]+", sys.stdin.read().lower()))
if words:
    most = max(words.values())
    print(min(word for word, times in words.items() if times == most), most)
else:
    print("none 0")
