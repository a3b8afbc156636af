# Lights no lantern when all are ugly.
n = int(input())
lit = dark = 0
for value in map(int, input().split()):
    lit, dark = dark + value, max(lit, dark)
print(max(lit, dark))
