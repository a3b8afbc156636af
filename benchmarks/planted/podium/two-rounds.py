players = sorted((input().split() for _ in range(int(input()))), key=lambda player: player[0])
for _ in range(2):
    for place in range(len(players) - 1):
        if int(players[place][1]) < int(players[place + 1][1]):
            players[place], players[place + 1] = players[place + 1], players[place]
for name, _ in players:
    print(name)
