for _ in range(int(input())):
    x = int(input())
    count, p = 1, 2
    while p * p <= x:
        times = 1
        while x % p == 0:
            x, times = x // p, times + 1
        count, p = count * times, p + 1
    print(count * (2 if x > 1 else 1))
