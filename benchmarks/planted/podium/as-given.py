players = [input().split() for _ in range(int(input()))]
for name, _ in sorted(players, key=lambda player: -int(player[1])):
    print(name)
