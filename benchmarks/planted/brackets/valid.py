import sys
rows = sys.stdin.read().rstrip("\n").split("\n")
assert 1 <= int(rows[0]) <= 200 and len(rows) == 2 and len(rows[1]) == int(rows[0]) and set(rows[1]) <= set("()[]")
