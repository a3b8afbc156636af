import sys
rows = sys.stdin.read().rstrip("\n").split("\n")
n = int(rows[0])
assert 1 <= n <= 50 and len(rows) == n + 1
players = [row.split() for row in rows[1:]]
assert all(len(player) == 2 and player[0].isascii() and player[0].isalpha() and player[0].islower() and len(player[0]) <= 10 for player in players)
assert len({player[0] for player in players}) == n and all(0 <= int(player[1]) <= 1000 for player in players)
