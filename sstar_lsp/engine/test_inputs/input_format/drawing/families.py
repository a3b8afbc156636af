"""Patterns that trip programs: orders of lists, letters of words, pictures of grids, shapes of graphs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from random import Random

LISTS = (
    "equal", "sorted", "reversed", "alternating", "outlier", "palindrome", "mountain", "runs", "one-off"
)  # fmt: skip
"""Names that :func:`arranged` knows; any other leaves a list as it is."""
GRAPHS = ("path", "star", "random", "caterpillar", "binary", "cycle", "dense", "bipartite", "parts")
"""Names that :func:`edges` knows; the last five are no trees where that need not be."""


def arranged(numbers: list[int], family: str, random: Random) -> list[int]:
    """The numbers in a pattern, as many as before; their values stay within those that were there."""
    size = len(numbers)
    if size < 2:
        return numbers
    low, high = min(numbers), max(numbers)
    match family:
        case "equal":
            return numbers[:1] * size
        case "sorted":
            return sorted(numbers)
        case "reversed":
            return sorted(numbers, reverse=True)
        case "alternating":
            return [numbers[place % 2] for place in range(size)]
        case "outlier":
            odd, rest = random.choice(((high, low), (low, high)))
            found = [rest] * size
            found[random.randrange(size)] = odd
            return found
        case "palindrome":
            half = numbers[: (size + 1) // 2]
            return half + half[: size // 2][::-1]
        case "mountain":
            rising = sorted(numbers)
            found = rising[::2] + rising[1::2][::-1]
            return found if random.random() < 0.5 else found[::-1]
        case "runs":
            length = random.randint(1, max(1, size // 2))
            return [numbers[place // length] for place in range(size)]
        case "one-off":
            found = sorted(numbers)
            one, other = random.randrange(size), random.randrange(size)
            found[one], found[other] = found[other], found[one]
            return found
    return numbers


def permuted(numbers: list[int], family: str, random: Random) -> list[int]:
    """Distinct numbers in an order: those of :func:`arranged` that change the order alone."""
    if family in ("sorted", "reversed", "mountain", "one-off"):
        return arranged(numbers, family, random)
    found = list(numbers)
    random.shuffle(found)
    return found


def word(size: int, letters: str, random: Random) -> str:
    """A word of letters of an alphabet: often of few, periodic, or a palindrome."""
    a, b = random.choice(letters), random.choice(letters)
    match random.choice(
        ("one", "two", "two", "any", "any", "palindrome", "split", "odd", "periodic", "sorted")
    ):
        case "one":
            return a * size
        case "two":
            return "".join(random.choice((a, b)) for _ in range(size))
        case "palindrome":
            half = "".join(random.choice(letters) for _ in range((size + 1) // 2))
            return half + half[: size // 2][::-1]
        case "split":
            cut = random.randint(0, size)
            return a * cut + b * (size - cut)
        case "odd":
            place = random.randrange(max(1, size))
            return (a * place + b + a * size)[:size]
        case "periodic":
            period = "".join(random.choice(letters) for _ in range(random.randint(1, 3)))
            return (period * size)[:size]
        case "sorted":
            return "".join(sorted(random.choices(letters, k=size)))
    return "".join(random.choices(letters, k=size))


_PICTURES = (
    "full",
    "border",
    "rows",
    "columns",
    "chess",
    "odd",
    "cross",
    "snake",
    "halves",
    "sparse",
    "two",
    "any",
)


def grid(height: int, width: int, letters: str, random: Random) -> list[str]:
    """Rows of a picture: full, bordered, striped, a chessboard, one odd cell, sparse or of all letters alike."""
    a, b = random.choice(letters), random.choice(letters)
    row, column = random.randrange(max(1, height)), random.randrange(max(1, width))
    picture = random.choice((*_PICTURES, "any", "two", "sparse"))

    def is_other(y: int, x: int) -> bool:
        match picture:
            case "border":
                return y in (0, height - 1) or x in (0, width - 1)
            case "rows":
                return y % 2 == 1
            case "columns":
                return x % 2 == 1
            case "chess":
                return (x + y) % 2 == 1
            case "odd":
                return (y, x) == (row, column)
            case "cross":
                return y == row or x == column
            case "snake":
                return y % 2 == 1 and x != (width - 1 if y % 4 == 1 else 0)
            case "halves":
                return y < row
            case "two":
                return random.random() < 0.5
        return False

    def cell(y: int, x: int) -> str:
        if picture == "any" or (picture == "sparse" and random.random() < 0.15):
            return random.choice(letters)
        return b if is_other(y, x) else a

    return ["".join(cell(y, x) for x in range(width)) for y in range(height)]


def tree(vertices: int, family: str, random: Random) -> list[tuple[int, int]]:
    """Edges (parent, child) of a tree on 0 … ``vertices`` − 1, parents before children."""
    spine = vertices // 2

    def parent(child: int) -> int:
        match family:
            case "path" | "cycle":
                return child - 1
            case "star" | "bipartite":
                return 0
            case "caterpillar":
                return child - 1 if child <= spine else random.randrange(max(1, spine))
            case "binary":
                return (child - 1) // 2
        return random.randrange(child)

    return [(parent(child), child) for child in range(1, vertices)]


def edges(vertices: int, count: int, family: str, random: Random) -> list[tuple[int, int]]:
    """``count`` pairs of different vertices 0 … ``vertices`` − 1 in a pattern; pairs repeat where there are too few."""
    if vertices < 2:
        return []
    found: list[tuple[int, int]] = []
    match family:
        case "path" | "star" | "caterpillar" | "binary" | "cycle":
            found = tree(min(vertices, count + 1), family, random)
            if family == "cycle" and vertices > 2:
                found.append((vertices - 1, 0))
        case "dense":  # as complete as the count allows, on the first vertices
            pairs = ((one, other) for other in range(1, vertices) for one in range(other))
            found = list(islice(pairs, count))
        case "bipartite":
            left = max(1, vertices // 2)
            while len(found) < count:
                found.append((random.randrange(left), random.randrange(left, vertices)))
        case "parts":  # nothing between the two halves
            cut = random.randint(1, vertices - 1)
            while len(found) < count:
                side = (0, cut) if cut > 1 and random.random() < 0.5 else (cut, vertices)
                if side[1] - side[0] > 1:
                    found.append(_two(*side, random))
                elif cut < 2 or vertices - cut < 2:
                    break
    while len(found) < count:
        found.append(_two(0, vertices, random))
    return found[:count]


def _two(low: int, high: int, random: Random) -> tuple[int, int]:
    """Two different numbers of a range that has two."""
    one = random.randrange(low, high)
    other = random.randrange(low, high - 1)
    return one, other + (other >= one)


def powers(low: int, high: int) -> Sequence[int]:
    """Powers of two within limits, and of ten."""
    found = [base**exponent for base in (2, 10) for exponent in range(64)]
    return [value for value in dict.fromkeys(found) if low <= value <= high]
