import sys
word = sys.stdin.read()
assert word.endswith("\n")
word = word[:-1]
assert 1 <= len(word) <= 300 and word.isascii() and word.islower() and word.isalpha()
