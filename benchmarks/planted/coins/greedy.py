n, m = map(int, input().split())
count = 0
for coin in sorted(map(int, input().split()), reverse=True):
    count, m = count + m // coin, m % coin
print(count if m == 0 else -1)
