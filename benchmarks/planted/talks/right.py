talks = sorted((tuple(map(int, input().split())) for _ in range(int(input()))), key=lambda talk: talk[1])
count = free = 0
for begin, end in talks:
    if begin >= free:
        count, free = count + 1, end
print(count)
