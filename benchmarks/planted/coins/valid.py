import sys
rows = sys.stdin.read().rstrip("\n").split("\n")
n, m = map(int, rows[0].split())
coins = list(map(int, rows[1].split()))
assert 1 <= n <= 12 and 0 <= m <= 2000 and len(rows) == 2 and len(coins) == n
assert all(1 <= coin <= 500 for coin in coins)
