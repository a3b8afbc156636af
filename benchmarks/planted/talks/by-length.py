talks = sorted((tuple(map(int, input().split())) for _ in range(int(input()))), key=lambda talk: talk[1] - talk[0])
taken = []
for begin, end in talks:
    if all(end <= other or begin >= last for other, last in taken):
        taken.append((begin, end))
print(len(taken))
