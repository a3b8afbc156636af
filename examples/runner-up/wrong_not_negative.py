# Begins with 0: nobody can have fewer points than that.
n = int(input())
first = second = 0
for points in map(int, input().split()):
    if points > first:
        first, second = points, first
    elif first > points > second:
        second = points
print(second if second else "none")
