r, c = map(int, input().split())
rows = [list(input()) for _ in range(r)]
count = 0
for y in range(r):
    for x in range(c):
        if rows[y][x] != "#":
            continue
        count += 1
        stack = [(y, x)]
        while stack:
            i, j = stack.pop()
            if i >= r or j >= c or i < -1 or j < -1 or rows[i][j] != "#":
                continue
            rows[i][j] = "."
            stack += [(i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)]
print(count)
