n = int(input())
values = list(map(int, input().split()))
lit, dark = values[0], None
for value in values[1:]:
    best = lit if dark is None else max(lit, dark)
    lit, dark = (value if dark is None else max(value, value + dark)), best
print(lit if dark is None else max(lit, dark))
