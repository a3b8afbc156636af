import sys


def minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def is_open(opens: int, closes: int, now: int) -> bool:
    if opens == closes:
        return True
    if opens < closes:
        return opens <= now <= closes
    return now >= opens or now <= closes


words = sys.stdin.read().split()
now = minute(words[1])
states = [is_open(minute(a), minute(b), now) for a, b in zip(words[2::2], words[3::2])]
for state in states:
    print("open" if state else "closed")
print(sum(states))
