r, c = map(int, input().split())
land = {(y, x) for y in range(r) for x, cell in enumerate(input()) if cell == "#"}
count = 0
for first in sorted(land):
    if first not in land:
        continue
    count += 1
    stack = [first]
    while stack:
        cell = stack.pop()
        if cell in land:
            land.remove(cell)
            y, x = cell
            stack += [(y + 1, x), (y, x + 1), (y, x - 1)]
print(count)
