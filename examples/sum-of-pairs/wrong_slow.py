# Right, but looks at every pair.
n, s = map(int, input().split())
w = list(map(int, input().split()))
print(sum(w[i] + w[j] == s for i in range(n) for j in range(i + 1, n)))
