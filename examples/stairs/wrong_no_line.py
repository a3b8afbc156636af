# Takes the broken steps from the second line only when it holds one.
n, k = map(int, input().split())
broken = {int(input())}
ways = [1] + [0] * n
for step in range(1, n + 1):
    if step not in broken:
        ways[step] = (ways[step - 1] + (ways[step - 2] if step > 1 else 0)) % 1000000007
print(ways[n])
