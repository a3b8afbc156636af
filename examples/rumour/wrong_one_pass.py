# Goes through the friendships once, in their order.
n, m = map(int, input().split())
knows = {1}
for _ in range(m):
    a, b = map(int, input().split())
    if a in knows or b in knows:
        knows |= {a, b}
print(len(knows))
