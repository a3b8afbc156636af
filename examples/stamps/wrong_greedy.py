# Takes the largest stamp as long as it fits.
cost, n = map(int, input().split())
count = 0
for value in sorted(map(int, input().split()), reverse=True):
    count += cost // value
    cost %= value
print(count if cost == 0 else -1)
