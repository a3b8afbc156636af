players = sorted(input().split() for _ in range(int(input())))
for name, _ in sorted(players, key=lambda player: player[1], reverse=True):
    print(name)
