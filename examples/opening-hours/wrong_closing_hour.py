# The hour of closing is taken for closed.
a, b, t = map(int, input().split())
print("open" if (a == b or (a <= t < b if a < b else t >= a or t < b)) else "closed")
