r, c = map(int, input().split())
land = {(y, x) for y in range(r) for x, cell in enumerate(input()) if cell == "#"}
count = 0
while land:
    count += 1
    stack = [land.pop()]
    while stack:
        y, x = stack.pop()
        for cell in [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]:
            if cell in land:
                land.remove(cell)
                stack.append(cell)
print(count)
