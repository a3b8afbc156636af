# The minute of closing is taken for closed.
import sys

words = sys.stdin.read().split()
now = words[1]
count = 0
for a, b in zip(words[2::2], words[3::2]):
    state = a == b or (a <= now < b if a < b else now >= a or now < b)
    count += state
    print("open" if state else "closed")
print(count)
