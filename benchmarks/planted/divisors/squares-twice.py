for _ in range(int(input())):
    x = int(input())
    if x == 1:
        print(1)
        continue
    count, d = 0, 1
    while d * d <= x:
        if x % d == 0:
            count += 2
        d += 1
    print(count)
