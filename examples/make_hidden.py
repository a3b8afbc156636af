"""Write the hidden tests of all examples anew: inputs from here, outputs from each example's reference.py.

    python examples/make_hidden.py [slug ...]

Deterministic: running it again changes nothing unless an input or a reference changed.
"""

from __future__ import annotations

import json
import random
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
Numbers = list[int]


def lines(*rows: object) -> str:
    return "".join(" ".join(map(str, row)) + "\n" if isinstance(row, list | tuple) else f"{row}\n" for row in rows)


def sum_of_pairs(rng: random.Random) -> list[str]:
    def case(s: int, w: Numbers) -> str:
        return lines((len(w), s), w)

    return [
        case(10, [1, 9, 4, 6, 7]),
        case(4, [2, 2, 2]),
        case(0, [0]),
        case(8, [4]),
        case(8, [4, 4]),
        case(0, [5, -5, 5, -5]),
        case(2, [1] * 6),
        case(-3, [-1, -2, -1, -2, 7]),
        case(10**9, [10**9, 0, 0, 1, 999999999]),
        case(-(10**9), [-(10**9), 0, -500000000, -500000000]),
        case(6, [3, 1, 5, 3, 2, 4, 3]),
        case(7, [rng.randint(-9, 9) for _ in range(60)]),
        case(12, [rng.randint(0, 12) for _ in range(200)]),
        case(0, [0] * 40_000),
        case(9, [rng.randint(-99, 99) for _ in range(40_000)]),
    ]


def longest_streak(rng: random.Random) -> list[str]:
    def case(g: int, steps: Numbers) -> str:
        return lines((len(steps), g), steps)

    return [
        case(100, [100, 20, 150, 120, 300, 10, 500]),
        case(5, [5]),
        case(5, [4]),
        case(0, [0, 0, 0]),
        case(10, [1, 2, 3]),
        case(10, [1, 10, 10, 10]),
        case(10, [10, 10, 1, 10, 10]),
        case(10, [10, 1, 11, 1, 12]),
        case(7, [7, 7, 7, 7]),
        case(3, [9, 9, 1, 9, 9, 9]),
        case(3, [9, 9, 9, 1, 9, 9, 9, 1, 9]),
        case(1000000, [1000000, 999999, 1000000, 1000000]),
        case(5, [rng.randint(0, 9) for _ in range(300)]),
        case(2, [rng.randint(0, 9) for _ in range(2000)]),
        case(1, [rng.randint(1, 9) for _ in range(60_000)]),
    ]


def opening_hours(rng: random.Random) -> list[str]:
    def clock(minute: int) -> str:
        return f"{minute // 60:02}:{minute % 60:02}"

    def case(now: str, *hours: str) -> str:
        return lines((len(hours), now), *hours)

    def some(count: int, spread: int) -> str:
        now = rng.randrange(1440)
        near = [(now + rng.randint(-spread, spread)) % 1440 for _ in range(2 * count)]
        return case(clock(now), *(f"{clock(a)} {clock(b)}" for a, b in zip(near[::2], near[1::2], strict=True)))

    return [
        case("12:30", "09:00 18:00", "13:00 20:00", "08:15 11:45"),
        case("18:00", "09:00 18:00"),
        case("09:00", "09:00 18:00"),
        case("18:01", "09:00 18:00", "18:01 18:02"),
        case("10:00", "12:00 12:00", "10:00 10:00"),
        case("02:00", "22:00 02:00", "22:00 01:59", "02:00 01:00"),
        case("22:00", "22:00 02:00", "22:01 02:00"),
        case("00:00", "23:59 00:00", "00:00 23:59", "00:00 00:00", "12:00 23:59"),
        case("23:59", "23:59 00:00", "00:00 23:58", "10:00 09:00"),
        case("12:00", "13:00 11:00", "12:01 11:59", "12:00 11:59"),
        some(8, 2),
        some(40, 3),
        some(100, 700),
        some(8_000, 700),
    ]


def common_word(rng: random.Random) -> list[str]:
    words = ["ab", "Ab", "b", "the", "THE", "zebra", "a", "x-y", "it's", "c3po"]
    return [
        "The cat saw the dog.\n",
        "",
        "123 456, 7!\n",
        "zoo apple\n",
        "Zoo zoo Apple apple\n",
        "well-known well known\n",
        "don't won't t\n",
        "a1b a1b b\n",
        "x\nX\n\n\ny y\ty\n",
        "snake_case case\n",
        "abc abcd abc abcd ab\n",
        "ÄPFEL äpfel pfel\n",
        " ".join(rng.choice(words) for _ in range(300)) + "\n",
        "".join(rng.choice("ab ,.-") for _ in range(3000)),
        "".join(rng.choice("abcdefgh       \n.,'") for _ in range(60_000)) + "\n",
    ]


def shared_ranks(rng: random.Random) -> list[list[object]]:
    return [
        [[10, 30, 20]], [[]], [[5]], [[5, 5]], [[9, 9, 3]], [[3, 9, 9]], [[1, 2, 2, 3, 3, 3, 4]], [[0, 0, 0, 0]],
        [[-1, -5, -1, 0]], [[7, 3, 7, 3, 7, 1]], [[2, 1]], [[rng.randint(0, 9) for _ in range(50)]],
        [[rng.randint(-3, 3) for _ in range(100)]], [[rng.randint(0, 9999) for _ in range(20_000)]],
    ]  # fmt: skip


def merge_bookings(rng: random.Random) -> list[list[object]]:
    def some(count: int, last: int, longest: int) -> list[object]:
        starts = [rng.randrange(last) for _ in range(count)]
        return [[[start, start + rng.randint(0, longest)] for start in starts]]

    return [
        [[[9, 11], [10, 12], [14, 15]]], [[]], [[[3, 4]]], [[[1, 2], [2, 3]]], [[[2, 3], [1, 2]]], [[[1, 9], [3, 4]]],
        [[[1, 9], [3, 4], [8, 10]]], [[[5, 5]]], [[[5, 5], [5, 5]]], [[[1, 2], [3, 4]]], [[[4, 4], [1, 3], [3, 4]]],
        [[[0, 1000000000], [0, 0]]], [[[7, 8], [5, 6], [3, 4], [1, 2]]], [[[1, 4], [0, 0], [0, 2]]],
        some(40, 60, 3), some(100, 1000, 12), some(8_000, 100_000, 12),
    ]  # fmt: skip


def split_bill(rng: random.Random) -> list[list[object]]:
    return [
        [100, 4], [11, 3], [0, 3], [0, 0], [100, 0], [5, 1], [2, 5], [-10, 3], [-11, 3], [-2, 5], [-9, 3], [-5, 0], [1, 1],
        [-1, 1], [10**15 + 7, 6], [123456, 20_000],
    ]  # fmt: skip


def lanterns(rng: random.Random) -> list[str]:
    def case(values: Numbers) -> str:
        return lines(len(values), values)

    return [
        case([3, 2, 5, 10, 7]),
        case([5]),
        case([-5]),
        case([0]),
        case([-3, -1, -2]),
        case([-1, -1]),
        case([4, 9]),
        case([1, -1, -1, 1]),
        case([-2, 7, -2, -2, 7, -2]),
        case([0, -1, 0]),
        case([10**9, -(10**9), 10**9]),
        case([-(10**9)] * 4),
        case([2, 1, 1, 2, 1, 1, 2]),
        case([rng.randint(-9, 9) for _ in range(50)]),
        case([rng.randint(-9, 99) for _ in range(40_000)]),
    ]


def rumour(rng: random.Random) -> list[str]:
    def case(n: int, days: int, friends: list[tuple[int, int]]) -> str:
        return lines((n, len(friends), days), *friends)

    def some(n: int, m: int, days: int) -> str:
        return case(n, days, [(rng.randint(1, n), rng.randint(1, n)) for _ in range(m)])

    path = [(i, i + 1) for i in range(1, 8)]
    big = 9_000
    order = [1, *rng.sample(range(2, big + 1), big - 1)]
    return [
        case(5, 2, path[:4]),
        case(1, 0, []),
        case(1, 5, [(1, 1)]),
        case(4, 0, path[:3]),
        case(4, 1, [(2, 1), (3, 1)]),
        case(4, 1000000000, [(4, 3), (3, 2), (2, 1)]),
        case(8, 3, [(b, a) for a, b in path]),
        case(6, 9, [(1, 2), (2, 1), (1, 2), (4, 5)]),
        case(5, 1, [(1, 2), (1, 3), (1, 4), (1, 5), (2, 3)]),
        case(7, 2, [(7, 1), (6, 7), (5, 6), (4, 1), (4, 4)]),
        case(3, 10, []),
        some(30, 25, 2),
        some(200, 220, 4),
        case(big, 1000000000, [(a, b) for a, b in zip(order, order[1:], strict=False)]),
    ]


def stamps(rng: random.Random) -> list[str]:
    def case(cost: int, values: Numbers) -> str:
        return lines((cost, len(values)), values)

    return [
        case(30, [1, 5, 10]),
        case(0, [5]),
        case(0, [1, 1]),
        case(3, [5]),
        case(3, [2]),
        case(6, [1, 3, 4]),
        case(8, [5, 4]),
        case(12, [9, 6, 1]),
        case(7, [2, 4, 6]),
        case(40, [7, 7, 7, 7]),
        case(42, [7, 7, 7, 7]),
        case(20000, [20000, 1]),
        case(9999, [6, 10, 15]),
        case(19999, [1]),
        case(20000, sorted({rng.randint(50, 900) for _ in range(20)})[:20]),
        case(19997, [rng.randint(2, 60) * 2 for _ in range(20)]),
    ]


MAKERS: dict[str, Callable[[random.Random], list[str]] | Callable[[random.Random], list[list[object]]]] = {
    "sum-of-pairs": sum_of_pairs,
    "longest-streak": longest_streak,
    "opening-hours": opening_hours,
    "common-word": common_word,
    "shared-ranks": shared_ranks,
    "merge-bookings": merge_bookings,
    "split-bill": split_bill,
    "lanterns": lanterns,
    "rumour": rumour,
    "stamps": stamps,
}
FUNCTIONS = {
    "shared-ranks": "shared_ranks",
    "merge-bookings": "Solution.mergeBookings",
    "split-bill": "split_bill",
}


def write(slug: str) -> None:
    """Inputs of one example, answered by its reference."""
    folder = HERE / slug / "hidden"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    reference = folder.parent / "reference.py"
    inputs = MAKERS[slug](random.Random(slug))
    if slug in FUNCTIONS:
        owner, _, name = FUNCTIONS[slug].rpartition(".")
        module = runpy.run_path(str(reference))
        function = getattr(module[owner](), name) if owner else module[name]
        cases = [
            {"input": json.dumps(arguments), "expected": json.dumps(function(*json.loads(json.dumps(arguments))))}
            for arguments in inputs
        ]
        body = ",\n".join(json.dumps(case) for case in cases)
        (folder / "cases.json").write_text(f"[\n{body}\n]\n", encoding="utf-8")
        return
    for number, text in enumerate(inputs, 1):
        command = [sys.executable, str(reference)]
        answer = subprocess.run(command, input=str(text).encode(), capture_output=True, check=True)
        (folder / f"{number:02}.in").write_text(str(text), encoding="utf-8")
        (folder / f"{number:02}.out").write_bytes(answer.stdout)


if __name__ == "__main__":
    for slug in sys.argv[1:] or MAKERS:
        write(slug)
