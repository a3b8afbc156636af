PRIMES = [p for p in range(2, 1000) if all(p % q for q in range(2, p))]
for _ in range(int(input())):
    x = int(input())
    count = 1
    for p in PRIMES:
        times = 1
        while x % p == 0:
            x, times = x // p, times + 1
        count *= times
    print(count * (2 if x > 1 else 1))
