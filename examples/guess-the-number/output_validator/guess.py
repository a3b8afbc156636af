"""Interactor in Kattis' convention: input, answer, feedback folder; 42 accepts, 43 refuses."""

import sys


def refuse(why):
    with open(sys.argv[3] + "/judgemessage.txt", "w") as file:
        file.write(why)
    sys.exit(43)


with open(sys.argv[1]) as file:
    x = int(file.read())
for _ in range(10):
    line = sys.stdin.readline()
    try:
        guess = int(line)
    except ValueError:
        refuse(f"{line.strip()[:40]!r} is no guess" if line else "it ended without having found the number")
    if not 1 <= guess <= 1000:
        refuse(f"{guess} is not between 1 and 1000")
    if guess == x:
        print("correct", flush=True)
        if sys.stdin.readline():
            refuse("it went on after the number was found")
        sys.exit(42)
    print("lower" if x < guess else "higher", flush=True)
refuse("10 guesses were not enough")
