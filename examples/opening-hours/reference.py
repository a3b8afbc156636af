a, b, t = map(int, input().split())
if a == b:
    is_open = True
elif a < b:
    is_open = a <= t <= b
else:
    is_open = t >= a or t <= b
print("open" if is_open else "closed")
