for _ in range(int(input())):
    x = int(input())
    count, d = int(x == 1), 1
    while d * d < x:
        if x % d == 0:
            count += 2
        d += 1
    print(count)
