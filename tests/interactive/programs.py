"""Programs for the three interactive packages: right ones in Python and C++, and wrong ones, each with what tells it."""

from __future__ import annotations

from pathlib import Path

PACKAGES = Path(__file__).parent / "packages"
EXAMPLE = Path(__file__).parents[2] / "examples" / "guess-the-number"
GUESS = (EXAMPLE / "submissions" / "accepted" / "halves.py").read_text()
GUESS_UPPER = GUESS.replace("(low + high)", "(low + high + 1)")
"""Right as well, with other questions."""
GUESS_CPP = """\
#include <iostream>
#include <string>
int main() {
    int low = 1, high = 1000;
    for (std::string said; said != "correct";) {
        int middle = (low + high) / 2;
        std::cout << middle << std::endl;
        std::cin >> said;
        if (said == "lower") high = middle - 1;
        if (said == "higher") low = middle + 1;
    }
}
"""
GUESS_ONE_BY_ONE = GUESS.replace("(low + high) // 2", "low")
GUESS_UNFLUSHED = GUESS.replace(", flush=True", "")
GUESS_UNFLUSHED_CPP = GUESS_CPP.replace("std::endl", "'\\n'").replace(
    "int low", "std::cin.tie(nullptr); std::ios::sync_with_stdio(false); int low"
)
GUESS_CRASHES = GUESS.replace('    if said == "correct"', '    int(said)\n    if said == "correct"')
GUESS_BY_HEART = """\
import sys
for guess in (187, 1, 1000, 2, 3, 4, 5, 6, 7, 8):
    print(guess, flush=True)
    if sys.stdin.readline().strip() == "correct":
        break
"""
"""Knows the numbers of the package and no other."""

LAMPS = """\
n = int(input())
low, high = 0, n
while low < high:
    middle = (low + high + 1) // 2
    print("?", middle, flush=True)
    if input() == "1":
        low = middle
    else:
        high = middle - 1
print("!", low, flush=True)
"""
LAMPS_CPP = """\
#include <iostream>
int main() {
    int n, lit;
    std::cin >> n;
    int low = 0, high = n;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        std::cout << "? " << middle << std::endl;
        std::cin >> lit;
        if (lit) low = middle; else high = middle - 1;
    }
    std::cout << "! " << low << std::endl;
}
"""
LAMPS_ONE_BY_ONE = LAMPS.replace("(low + high + 1) // 2", "low + 1")
LAMPS_GUESSES = 'input()\nprint("!", 1, flush=True)\n'

RANKING = """\
import sys
from functools import cmp_to_key

def ask(i, j):
    print("?", i, j)
    sys.stdout.flush()
    return -1 if sys.stdin.readline().strip() == "<" else 1

players = list(range(1, int(sys.stdin.readline()) + 1))
print("!", *sorted(players, key=cmp_to_key(ask)))
"""
RANKING_CPP = """\
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>
int main() {
    int n;
    std::cin >> n;
    std::vector<int> players;
    for (int i = 1; i <= n; i++) {
        auto place = players.begin();
        for (; place != players.end(); ++place) {
            std::string said;
            std::cout << "? " << i << " " << *place << std::endl;
            std::cin >> said;
            if (said == "<") break;
        }
        players.insert(place, i);
    }
    std::cout << "!";
    for (int player : players) std::cout << " " << player;
    std::cout << std::endl;
}
"""
RANKING_AS_GIVEN = 'print("!", *range(1, int(input()) + 1), flush=True)\n'
RANKING_REVERSED = RANKING.replace("return -1 if", "return 1 if").replace("else 1", "else -1")
RANKING_UNFLUSHED = RANKING.replace("    sys.stdout.flush()\n", "")
