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
        case(0, [0] * 1000),
        case(9, [rng.randint(-99, 99) for _ in range(1000)]),
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


def opening_hours(rng: random.Random) -> list[str]:
    hours = [
        (9, 18, 12), (9, 18, 9), (9, 18, 18), (9, 18, 19), (9, 18, 8), (12, 12, 5), (12, 12, 12), (0, 0, 23), (22, 2, 23),
        (22, 2, 22), (22, 2, 2), (22, 2, 3), (22, 2, 0), (22, 2, 21), (1, 0, 0), (1, 0, 1), (0, 23, 23), (23, 0, 22),
        (23, 0, 0), (0, 1, 2), (5, 4, 4), (7, 5, 6),
    ]  # fmt: skip
    return [lines(row) for row in hours]


def common_word(rng: random.Random) -> list[str]:
    def some(count: int, letters: str, longest: int) -> str:
        words = ("".join(rng.choices(letters, k=rng.randint(1, longest))) for _ in range(count))
        return "".join(word + rng.choice("   \n") for word in words) + "\n"

    return [
        "the cat saw the dog\n",
        "zoo apple\n",
        "one\n",
        "b b a a\n",
        "a\nb\nb\n",
        "\n\n  x\n y  y\n",
        "z y z y x\n",
        "ab abc ab abc abcd\n",
        "tea coffee\ncoffee tea\nmilk milk\n",
        "a b c d e f g\n",
        "go on\nstop\nstop\n",
        "bb b bb b aa\n",
        some(200, "ab", 2),
        some(2000, "abc", 3),
        some(20_000, "abcdefgh", 3),
    ]


def lower_median(rng: random.Random) -> list[list[object]]:
    return [
        [[3, 1, 2]], [[]], [[5]], [[1, 2]], [[2, 1]], [[4, 4]], [[-1, -2]], [[4, 1, 3, 2]], [[0, 10, 0, 10]], [[9, 9, 1, 9]],
        [[-5, 5, -5]], [[1, 2, 3, 4, 5, 6]], [[10**12, 1, 10**12, 2]], [[rng.randint(-50, 50) for _ in range(100)]],
        [[rng.randint(-50, 50) for _ in range(101)]], [[rng.randint(0, 999) for _ in range(20_000)]],
    ]  # fmt: skip


def village_vote(rng: random.Random) -> list[str]:
    def case(names: list[str]) -> str:
        return lines(len(names), *names)

    village = ["ada", "adam", "ben", "bea", "carla", "dora", "emil", "zoe"]
    return [
        case(["ben", "anna", "anna"]),
        case(["zoe"]),
        case(["ben", "anna"]),
        case(["anna", "ben"]),
        case(["zoe", "zoe", "ada", "ada"]),
        case(["b", "a", "b", "a", "c", "c"]),
        case(["adam", "ada"]),
        case(["ada", "adam", "adam", "ada"]),
        case(["emil", "dora", "carla", "ben", "ada"]),
        case(["z"] * 3 + ["y"] * 3 + ["x"] * 2),
        case(["bb", "b", "bb", "b", "aa"]),
        case([rng.choice(village) for _ in range(60)]),
        case([name for name in reversed(village) for _ in range(10)]),
        case(["x" * 20] * 500 + ["w" * 20] * 500),
        case([rng.choice(village) for _ in range(1000)]),
    ]


def stairs(rng: random.Random) -> list[str]:
    def case(n: int, broken: Numbers) -> str:
        return lines((n, len(broken)), broken)

    return [
        case(5, [3]),
        case(4, [2]),
        case(1, []),
        case(1, [1]),
        case(2, []),
        case(2, [1]),
        case(2, [2]),
        case(6, []),
        case(6, [6]),
        case(7, [3, 4]),
        case(9, [5, 2]),
        case(10, [1]),
        case(90, [44]),
        case(3, [3, 2, 1]),
        case(100, sorted(rng.sample(range(3, 99), 8), reverse=True)),
        case(50_000, [4 * i + 1 + i % 2 for i in range(9000)]),
        case(100_000, []),
    ]


def rumour(rng: random.Random) -> list[str]:
    def case(n: int, friends: list[tuple[int, int]]) -> str:
        return lines((n, len(friends)), *friends)

    def some(n: int, m: int) -> str:
        return case(n, [(rng.randint(1, n), rng.randint(1, n)) for _ in range(m)])

    order = [1, *rng.sample(range(2, 9001), 8999)]
    return [
        case(5, [(1, 2), (2, 3), (4, 5)]),
        case(1, []),
        case(3, []),
        case(2, [(2, 1)]),
        case(4, [(3, 4), (2, 3), (1, 2)]),
        case(4, [(4, 3), (3, 2), (2, 1)]),
        case(5, [(2, 3), (3, 4), (4, 5)]),
        case(5, [(1, 2), (2, 1), (1, 2), (4, 5)]),
        case(6, [(6, 1), (6, 5), (5, 4), (2, 3)]),
        case(5, [(1, 2), (1, 3), (1, 4), (1, 5), (2, 3)]),
        case(6, [(1, 2), (2, 3), (3, 1), (4, 5), (5, 6), (6, 4)]),
        some(30, 20),
        some(300, 200),
        some(5000, 6000),
        case(9000, list(zip(order[::-1], order[-2::-1], strict=False))),
    ]


MAKERS: dict[str, Callable[[random.Random], list[str]] | Callable[[random.Random], list[list[object]]]] = {
    "sum-of-pairs": sum_of_pairs,
    "village-vote": village_vote,
    "opening-hours": opening_hours,
    "common-word": common_word,
    "stairs": stairs,
    "lanterns": lanterns,
    "rumour": rumour,
    "shared-ranks": shared_ranks,
    "merge-bookings": merge_bookings,
    "lower-median": lower_median,
}
FUNCTIONS = {
    "shared-ranks": "shared_ranks",
    "merge-bookings": "Solution.mergeBookings",
    "lower-median": "lower_median",
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
