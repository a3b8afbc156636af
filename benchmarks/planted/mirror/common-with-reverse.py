s = input().strip()
t = s[::-1]
best, last = 0, [0] * (len(s) + 1)
for a in s:
    now = [0]
    for place, b in enumerate(t):
        now.append(last[place] + 1 if a == b else 0)
    best, last = max(best, *now), now
print(best)
