# Takes the first of several most common words.
import re
import sys
from collections import Counter

words = Counter(re.findall("[a-z]+", sys.stdin.read().lower()))
if words:
    print(*words.most_common(1)[0])
else:
    print("none 0")
