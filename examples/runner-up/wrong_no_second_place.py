# Takes for granted that there is a second place.
n = int(input())
print(sorted(set(map(int, input().split())))[-2])
