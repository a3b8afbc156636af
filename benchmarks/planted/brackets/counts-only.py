n = int(input())
text = input().strip()
depth = {"(": 0, "[": 0}
good = True
for mark in text:
    if mark in "([":
        depth[mark] += 1
    else:
        depth["(" if mark == ")" else "["] -= 1
        good = good and min(depth.values()) >= 0
print("yes" if good and not any(depth.values()) else "no")
