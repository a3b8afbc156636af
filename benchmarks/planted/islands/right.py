r, c = map(int, input().split())
land = {(y, x) for y in range(r) for x, cell in enumerate(input()) if cell == "#"}
count = 0
while land:
    count += 1
    stack = [land.pop()]
    while stack:
        y, x = stack.pop()
        for cell in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
            if cell in land:
                land.remove(cell)
                stack.append(cell)
print(count)
