"""Kinds of statements whose input is read whole: what is drawn keeps what they say, what breaks it is told."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import pytest

from engine.test_input_format import stdin
from sstar_lsp.engine.test_inputs.input_format import described, format_of, format_texts, why_not
from sstar_lsp.engine.test_inputs.input_format.terms import comparisons_in, term_of, with_labels
from sstar_lsp.records import Problem, Test

Check = Callable[[list[list[str]]], bool]
"""Whether the tokens of an input's lines are as the statement says."""


def page(statement: str, *examples: str) -> Problem:
    return Problem("t", statement, public_tests=tuple(Test(example, "1\n") for example in examples))


def numbers(row: list[str]) -> list[int]:
    return list(map(int, row))


KINDS: dict[str, tuple[Problem, str, Check]] = {
    "a length that only the word has": (
        stdin("The first line has a string of length $N$ ($2 <= N <= 9$), of `A` and `B`.\nThe second line has $K$ ($1 <= K <= N$).", "ABBA\n3\n"),
        "ABBA\n5\n",
        lambda rows: 2 <= len(rows[0][0]) <= 9 and 1 <= int(rows[1][0]) <= len(rows[0][0]),
    ),
    "a named word of some length": (
        stdin("The first line has a string $S$ of length $N$ ($2 <= N <= 9$), of lowercase letters.", "abba\n"),
        "a\n",
        lambda rows: len(rows) == 1 and 2 <= len(rows[0][0]) <= 9,
    ),
    "a word of so many letters": (
        stdin("The first line has $n$ ($1 <= n <= 5$).\nThe next line has a word of $R$ letters ($3 <= R <= 6$), each `x` or `y`.", "1\nxyy\n"),
        "1\nxy\n",
        lambda rows: 3 <= len(rows[1][0]) <= 6,
    ),
    "digits without blanks": (
        stdin("The first line has $n$ ($2 <= n <= 5$).\nThe next $n$ lines have $n$ digits $p_{i,1}, p_{i,2}, ..., p_{i,n}$ each.", "3\n010\n110\n001\n"),
        "3\n010\n11\n001\n",
        lambda rows: all(len(row[0]) == int(rows[0][0]) for row in rows[1:]),
    ),
    "odd and even": (
        stdin("The first line has the odd integer $N$ ($1 <= N <= 15$).\nThe second has $N$ integers $p_i$ ($2 <= p_i <= 20$). $p_i$ is always even.", "3\n2 8 4\n"),
        "3\n2 8 5\n",
        lambda rows: int(rows[0][0]) % 2 == 1 and all(p % 2 == 0 for p in numbers(rows[1])),
    ),
    "so many different letters": (
        stdin("The first line has $n$ ($1 <= n <= 30$), the length, and $k$ ($1 <= k <= 5$), the number of different kinds in the list.\n"
              "The second line has a string of length $n$ of lowercase letters.", "4 2\nabba\n", "3 1\nccc\n"),
        "4 3\nabba\n",
        lambda rows: len(set(rows[1][0])) == int(rows[0][1]),
    ),
    "factors without a sign": (
        stdin("The first line has $n$ and $m$ ($2 <= n <= 6$, $1 <= m <= \\frac{n(n-1)}{2}$).\n"
              "The next $m$ lines have two integers $a$ and $b$ ($1 <= a < b <= n$). There is at most one road between any pair of towns.", "3 3\n1 2\n1 3\n2 3\n"),
        "3 4\n1 2\n1 3\n2 3\n1 2\n",
        lambda rows: len({tuple(row) for row in rows[1:]}) == len(rows) - 1 == int(rows[0][1]),
    ),
    "how many lines there are in all": (
        stdin("The input contains three lines.\nThe first line contains two integers:\n\n- the number of days $N$ ($1 <= N <= 9$)\n\n- the number of tickets $M$ ($1 <= M <= 9$)\n\n"
              "The second line contains $N$ integers $d_i$ ($1 <= d_i <= 50$).\n\nThe third line contains $M$ integers $g_i$ ($1 <= g_i <= 50$).\n\n"
              "The numbers on the two last lines are given in increasing order.", "2 1\n3 4\n5\n"),
        "2 1\n4 3\n5\n",
        lambda rows: len(rows[1]) == int(rows[0][0]) and numbers(rows[1]) == sorted(numbers(rows[1])),
    ),
    "rows of a story are no lines": (
        stdin("The first line has $n$ and $k$ ($1 <= k <= n <= 20$).\nThe second line has $n$ integers between $0$ and $k - 1$. These are the jars in the row.\n"
              "The third line has $x$ ($1 <= x <= n$).", "3 2\n0 1 1\n3\n"),
        "3 2\n0 1 2\n3\n",
        lambda rows: len(rows) == 3 and max(numbers(rows[1])) < int(rows[0][1]),
    ),
    "variables used again": (
        stdin("The first line has $n$ and $m$ ($1 <= n, m <= 9$).\nEach of the next $n$ lines has $x$, $y$ and $r$ ($0 <= x, y <= 9$, $1 <= r <= 3$).\n"
              "Each of the next $m$ lines has $x$, $y$ and $h$ ($0 <= x, y <= 9$, $5 <= h <= 8$).", "1 1\n0 1 2\n9 9 5\n"),
        "1 1\n0 1 2\n10 9 5\n",
        lambda rows: all(0 <= int(row[0]) <= 9 and int(row[2]) >= 5 for row in rows[1 + int(rows[0][0]):]),
    ),
    "lines in the same format": (
        stdin("The first line has $C$ ($1 <= C <= 5$).\nThe next $C$ lines have two integers $x$ and $y$ ($1 <= x, y <= 7$).\nThe next line has $H$ ($1 <= H <= 5$).\n"
              "The next $H$ lines describe stops in the same format.", "1\n1 2\n2\n3 4\n5 6\n"),
        "1\n1 2\n1\n3 8\n",
        lambda rows: all(len(row) == 2 and max(numbers(row)) <= 7 for row in rows[2 + int(rows[0][0]):]),
    ),
    "an index without a bound": (
        stdin("The first line has $n$, $m$ and $k$ ($2 <= n <= 9$, $1 <= m <= 8$, $1 <= k <= n$).\nOne line with $k$ distinct integers, the planets with a gate.\n"
              "The next $m$ lines have two planets $a$ and $b$ ($1 <= a, b <= n$, $a != b$).", "4 2 2\n2 4\n1 2\n3 4\n", "3 1 1\n3\n1 2\n"),
        "4 2 2\n2 2\n1 2\n3 4\n",
        lambda rows: max(numbers(rows[1])) <= int(rows[0][0]),
    ),
    "the order that a formula tells": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nThe next $n$ lines have $t_i$ ($1 <= t_i <= 99$). They are sorted in decreasing order of speed, that is, $t_1 <= t_2 <= ... <= t_n$.", "2\n3\n7\n"),
        "2\n7\n3\n",
        lambda rows: (found := [int(row[0]) for row in rows[1:]]) == sorted(found),
    ),
    "cases told with their first line": (
        stdin("The first line gives the number of test cases, $T$ ($1 <= T <= 5$). $T$ test cases follow. Each case begins with one line containing two integers $R$ and $C$ ($1 <= R, C <= 4$). "
              "Then, there are $R$ more rows of $C$ characters each. The $j$-th character on the $i$-th of these lines is either `.` or `#`.", "1\n2 3\n..#\n###\n"),
        "1\n2 3\n..#\n##\n",
        lambda rows: len(rows) > 2 and set("".join(row[0] for row in rows[2:2 + int(rows[1][0])])) <= set(".#"),
    ),
    "dollars of Codeforces": (
        stdin("The first line contains two integers $$$n$$$ and $$$q$$$ ($$$1 \\le n, q \\le 9$$$).\nThe second line contains $$$n$$$ integers $$$a_1, a_2, \\dots, a_n$$$ which form a permutation of $$$1, 2, \\dots, n$$$.\n"
              "The $$$i$$$-th of the following $$$q$$$ lines contains two integers $$$l_i$$$ and $$$r_i$$$ ($$$1 \\le l_i \\le r_i \\le n$$$).", "2 1\n2 1\n1 2\n"),
        "2 1\n2 2\n1 2\n",
        lambda rows: sorted(numbers(rows[1])) == list(range(1, int(rows[0][0]) + 1)),
    ),
    "plain names with an index": (
        stdin("The first line contains three integers n, c_1 and c_2 (1 ≤ n ≤ 20, 1 ≤ c_1, c_2 ≤ 3 ⋅ 10^2). The second line contains n integers a_1, a_2, ..., a_n (1 ≤ a_i ≤ 50).", "2 250 9\n4 50\n"),
        "2 301 9\n4 50\n",
        lambda rows: max(numbers(rows[0][1:])) <= 300 and len(rows[1]) == int(rows[0][0]),
    ),
    "GitHub's formulas": (
        stdin("The first line of input has the integer $`N`$ ($`1 \\le N \\le 9`$).\nThe next line has the $`N`$ integers $`p_1, p_2, \\dots, p_N`$ ($`0 \\le p_i < N`$).", "3\n2 0 1\n"),
        "3\n2 0 3\n",
        lambda rows: max(numbers(rows[1])) < int(rows[0][0]) == len(rows[1]),
    ),
    "short names without formulas": (
        stdin("The first line contains five integers: n, sx, sy, dx, t (1 ≤ n ≤ 20; 1 ≤ sx, sy ≤ n; -3 ≤ dx ≤ 3; 0 ≤ t ≤ 99).", "5 1 2 0 1\n"),
        "5 6 2 0 1\n",
        lambda rows: max(numbers(rows[0][1:3])) <= int(rows[0][0]),
    ),
    "two lines told in one sentence": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nThe second line contains $n$ integers $a_1, ..., a_n$ ($1 <= a_i <= 9$) and the third and last line contains $n$ integers $b_1, ..., b_n$ ($0 <= b_i <= 5$).", "2\n7 8\n0 5\n"),
        "2\n7 8\n0 6\n",
        lambda rows: len(rows) == 3 and max(numbers(rows[2])) <= 5,
    ),
    "more of the same line told behind it": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nThe second line starts with one integer $r$ ($0 <= r <= n$). Then follow $r$ integers $a_1, ..., a_r$ ($1 <= a_i <= 7$).", "4\n2 7 1\n", "4\n0\n"),
        "4\n2 8 1\n",
        lambda rows: len(rows[1]) == int(rows[1][0]) + 1 and all(1 <= a <= 7 for a in numbers(rows[1][1:])),
    ),
    "lines of which a sentence only speaks": (
        stdin("The first line has $N$ ($1 <= N <= 9$).\nThe second line has $N$ integers $h_i$ ($1 <= h_i <= 9$). There are no other numbers on any line.", "2\n3 4\n"),
        "2\n3 4 4\n",
        lambda rows: len(rows) == 2,
    ),
    "a first number without a line": (
        stdin("The input begins with a single integer $0 <= n <= 6$.\nOn the next line there are $n$ integers, each at least $0$ and at most $16$.", "2\n3 16\n"),
        "2\n3 17\n",
        lambda rows: all(int(token) <= 16 for row in rows[1:] for token in row),
    ),
    "a value and its place": (
        stdin("The first line has $n$ ($2 <= n <= 9$).\nThe second line has $n$ integers $d_1, ..., d_n$ ($1 <= d_i <= n$, $d_i != i$).\n"
              "The third line has $n-1$ integers $p_2, ..., p_n$ ($1 <= p_i < i$).", "3\n2 3 1\n1 2\n"),
        "3\n2 3 1\n1 3\n",
        lambda rows: all(d != i for i, d in enumerate(numbers(rows[1]), 1)) and all(p < i for i, p in enumerate(numbers(rows[2]), 2)),
    ),
    "a list whose first index is 0": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nThe second line has $a_0, a_1, ..., a_{n-1}$ ($0 <= a_i <= i$).", "3\n0 1 2\n"),
        "3\n0 2 2\n",
        lambda rows: len(rows[1]) == int(rows[0][0]) and all(a <= i for i, a in enumerate(numbers(rows[1]))),
    ),
    "different ones that are no promise": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nThe second line has $n$ integers, the hours at which the different buses come. Each is an integer between $1$ and $50$.", "3\n7 7 50\n"),
        "3\n7 7 51\n",
        lambda rows: max(numbers(rows[1])) <= 50,
    ),
    "parity in brackets": (
        stdin("The first line contains one integer $n$ ($3 <= n < 30$, $n$ is odd).\nThe second line has a string $s$ of length $n$ of lowercase letters. It is guaranteed that it contains only lowercase letters.", "3\nabc\n"),
        "4\nabcd\n",
        lambda rows: int(rows[0][0]) % 2 == 1,
    ),
    "exactly one letter": (
        stdin("The first line has $h$ and $w$ ($2 <= h, w <= 6$).\nThe next $h$ lines have $w$ characters each: `.`, `#`, `S` or `G`. There is exactly one `S` and exactly one `G`. At least two of them are `#`: at least one `#` is certain.", "2 3\nS.#\n#.G\n"),
        "2 3\nS.#\nS.G\n",
        lambda rows: (board := "".join(row[0] for row in rows[1:])).count("S") == board.count("G") == 1,
    ),
    "at least one digit": (
        stdin("The first line has $n$ and $m$ ($1 <= n, m <= 5$).\nThe next $n$ lines have $m$ characters: each is a `.` or a digit between 0 and 9. At least one character is a digit.", "2 2\n.4\n..\n"),
        "2 2\n..\n..\n",
        lambda rows: any(token.isdigit() for token in "".join(row[0] for row in rows[1:])),
    ),
    "the first letters of the alphabet": (
        stdin("The first line has $n$ and $k$ ($1 <= n <= 30$, $1 <= k <= 26$).\nThe second line has a string of length $n$, of the first $k$ lowercase letters.", "5 3\nabcab\n"),
        "5 3\nabdab\n",
        lambda rows: all(ord(letter) - ord("a") < int(rows[0][1]) for letter in rows[1][0]),
    ),
    "each value at least once": (
        stdin("The first line has $n$ and $k$ ($1 <= k <= n <= 20$).\nThe second line has $n$ integers $a_i$ ($1 <= a_i <= k$). Each flavour appears at least once.", "4 2\n1 2 2 1\n"),
        "4 3\n1 2 2 1\n",
        lambda rows: len(set(rows[1])) == int(rows[0][1]),
    ),
    "the sum of lengths": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nThe next $n$ lines have a word of lowercase letters each. The sum of the lengths of all words does not exceed 30.", "2\nab\nc\n"),
        "1\n" + "a" * 31 + "\n",
        lambda rows: sum(len(row[0]) for row in rows[1:]) <= 30,
    ),
    "bounds in words as a promise": (
        stdin("The first line has $n$ ($1 <= n <= 5$).\nThe next $n$ lines have a name of lowercase letters each. It is guaranteed that every name has at most $8$ letters.", "2\nabe\nbea\n"),
        "1\nabcdefghi\n",
        lambda rows: all(len(row[0]) <= 8 for row in rows[1:]),
    ),
    "lines of several kinds, in quotes": (
        stdin("The first line has $n$ and $q$ ($1 <= n, q <= 9$).\nThe next $q$ lines have a query each, of one of the forms:\n\n- `+ x`: add $x$ ($1 <= x <= n$)\n\n- `? l r`: ask for $l$ to $r$ ($1 <= l <= r <= n$)", "4 3\n+ 3\n? 1 4\n+ 4\n"),
        "4 1\n? 3 2\n",
        lambda rows: all(len(row) == {"+": 2, "?": 3}[row[0]] and max(numbers(row[1:])) <= int(rows[0][0]) for row in rows[1:]),
    ),
    "lines of several kinds, without quotes": (
        stdin("The first line contains two integers n and q (1 ≤ n, q ≤ 9). The next q lines contain the queries. 1 i d, for type 1, 2 l r d, for type 2 (1 ≤ i, l, r ≤ n, 0 ≤ d ≤ 7).", "4 2\n1 3 7\n2 1 4 0\n"),
        "4 1\n1 3 8\n",
        lambda rows: all(len(row) == {"1": 3, "2": 4}[row[0]] and int(row[-1]) <= 7 for row in rows[1:]),
    ),
    "lines of several kinds, by a condition": (
        stdin("The first line contains two integers n and q (1 ≤ n, q ≤ 9). The next q lines contain the plans. Each line starts with a number t (1 ≤ t ≤ 2). "
              "If t = 1, then it is followed by two integers v and w (1 ≤ v ≤ n, 1 ≤ w ≤ 5). Otherwise it is followed by one integer u (0 ≤ u ≤ n).", "4 2\n1 3 5\n2 0\n"),
        "4 1\n1 3 6\n",
        lambda rows: all(len(row) == {"1": 3, "2": 2}[row[0]] for row in rows[1:]),
    ),
    "a closed list of numbers": (
        stdin("The first line contains n (1 ≤ n ≤ 9). The next line contains n integers, each of them equals 25, 50 or 100.", "3\n25 50 25\n"),
        "2\n25 75\n",
        lambda rows: set(rows[1]) <= {"25", "50", "100"},
    ),
    "a term that counts, without a formula": (
        stdin("The first line contains an integer n (2 ≤ n ≤ 9). The second line contains n - 1 integers d_i (1 ≤ d_i ≤ 7). The third input line contains two integers a and b (1 ≤ a < b ≤ n, all different).", "3\n5 6\n1 2\n"),
        "3\n5 6\n2 2\n",
        lambda rows: len(rows[1]) == int(rows[0][0]) - 1,
    ),
    "a line called so in the plural": (
        stdin("The first line has n (2 ≤ n ≤ 9).\nThe next n - 1 line each contain two integers u and v (1 ≤ u, v ≤ n). It is guaranteed that these edges form a tree.", "3\n1 2\n3 2\n"),
        "3\n1 2\n2 1\n",
        lambda rows: len(rows) == int(rows[0][0]),
    ),
    "a value out of a set of numbers": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nEach of the next $n$ lines has $d_i$ and $x_i$ ($d_i \\in \\{0, 1\\}$, $x_i \\in \\{2, \\ldots, n + 2\\}$).", "3\n0 2\n1 3\n1 2\n"),
        "2\n2 2\n0 2\n",
        lambda rows: all(int(row[0]) <= 1 and 2 <= int(row[1]) <= int(rows[0][0]) + 2 for row in rows[1:]),
    ),
    "a bound behind a comma too many": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nEach of the next $n$ lines has $h_i$ and $s_i$, where $1 <= h_i, s_i, <= 40$.", "2\n7 2\n1 9\n"),
        "1\n7 41\n",
        lambda rows: all(1 <= int(token) <= 40 for row in rows[1:] for token in row),
    ),
    "a value that is never 0": (
        stdin("The first line has x (-3 <= x <= 3; x ≠ 0).", "2\n", "-3\n"),
        "0\n",
        lambda rows: rows[0] != ["0"],
    ),
    "quoted numbers of a closed list": (
        stdin("The first line has n (1 <= n <= 9).\nEach of the next n lines contains either a \"0\" (a dot) or a \"1\" (a dash), the sign that is sent.", "2\n0\n1\n"),
        "1\n2\n",
        lambda rows: all(row[0] in "01" for row in rows[1:]),
    ),
    "the number of first letters in words": (
        stdin("The first line has $n$ ($1 <= n <= 30$).\nThe second line has a string of length $n$, of the first four lowercase letters.", "5\nabdab\n"),
        "5\nabeab\n",
        lambda rows: set(rows[1][0]) <= set("abcd"),
    ),
    "no two roads join the same towns": (
        stdin("The first line has $n$ and $m$ ($2 <= n <= 4$, $0 <= m <= 4$).\nEach of the next $m$ lines has $u$, $v$ and $s$ ($1 <= u, v <= n$, $0 <= s <= 90$, $u != v$), a one-way road of length $s$. "
              "No two roads have the same start and end.", "4 2\n1 3 10\n3 1 10\n"),
        "4 2\n1 3 10\n1 3 10\n",
        lambda rows: len({tuple(row[:2]) for row in rows[1:]}) == len(rows) - 1,
    ),
    "friends of others": (
        stdin("The first line has $n$ and $m$ ($1 <= n <= 4$, $1 <= m <= 4$).\nEach of the next $m$ lines has $a$ and $b$ ($1 <= a, b <= n$). No unordered pair appears more than once.", "4 2\n1 3\n3 2\n"),
        "4 2\n1 3\n3 1\n",
        lambda rows: all(row[0] != row[1] for row in rows[1:]),
    ),
    "vertices from 0 on": (
        stdin("The first line has $n$ and $m$ ($2 <= n <= 5$, $0 <= m <= n (n - 1) / 2$).\nEach of the next $m$ lines has $x$ and $y$ ($0 <= x, y <= n - 1$, $x != y$). Each pair of rooms can be connected by at most one door.", "4 2\n1 3\n3 0\n"),
        "4 2\n1 3\n3 1\n",
        lambda rows: len({tuple(sorted(row)) for row in rows[1:]}) == len(rows) - 1 and all(min(row) >= "0" for row in rows[1:]),
    ),
    "a page that says first where the output goes": (
        Problem("t", "A. Trains\ninput\nstandard input\noutput\nstandard output\n\nA story.\n\nInput\nThe line has two integers l and r (1 ≤ l ≤ r ≤ 60).\n\nOutput\nOne number.\n", public_tests=(Test("3 5\n", "1\n"),)),
        "5 3\n",
        lambda rows: int(rows[0][0]) <= int(rows[0][1]),
    ),
    "seven lines in Swedish": (
        stdin("Indata börjar med sju rader som har var sitt heltal mellan $1$ och $9$.", "1\n2\n3\n4\n5\n6\n7\n"),
        "1\n2\n3\n4\n5\n6\n10\n",
        lambda rows: len(rows) == 7,
    ),
    "an order of neighbours": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nEach of the next $n$ lines has $d_i$ and $h_i$ ($1 <= d_i <= 99$, $0 <= h_i <= 5$). It is guaranteed that the days are in order, i.e. $d_i < d_{i+1}$.", "2\n3 5\n7 0\n"),
        "2\n7 5\n7 0\n",
        lambda rows: (days := [int(row[0]) for row in rows[1:]]) == sorted(set(days)),
    ),
    "an order of neighbours, copied": (
        stdin("The first line has n (1 ≤ n ≤ 9). The second line has n integers a_1, a_2, ..., a_n (1 ≤ a_i ≤ 1, 000), given in order (that is, a_i ≤ a_i + 1).", "3\n5 5 8\n"),
        "2\n8 5\n",
        lambda rows: numbers(rows[1]) == sorted(numbers(rows[1])) and any(rows),
    ),
    "an index that is not i": (
        stdin("The first line has $n$ ($2 <= n <= 9$).\nThe second line has $n-1$ integers $f_1, ..., f_{n-1}$ ($j + 1 <= f_j <= n$). (This implies that there is exactly one path between any two towns.)", "4\n2 4 4\n"),
        "4\n2 2 4\n",
        lambda rows: all(f > j for j, f in enumerate(numbers(rows[1]), 1)),
    ),
    "a tree by its paths": (
        stdin("The first line has $n$ ($2 <= n <= 9$).\nThe next $n-1$ lines have two integers $u$ and $v$ ($1 <= u, v <= n$). There is exactly one sequence of roads connecting every pair of towns.", "3\n1 2\n3 2\n"),
        "3\n1 2\n2 1\n",
        lambda rows: all(row[0] != row[1] for row in rows[1:]),
    ),
    "even, and said why": (
        stdin("The first line has n (2 ≤ n ≤ 20). It is guaranteed that n is even (i.e. divisible by 2).", "4\n"),
        "5\n",
        lambda rows: int(rows[0][0]) % 2 == 0,
    ),
    "bounds of a magnitude": (
        stdin("The first line has $x$ and $y$ ($|x|, |y| <= 40$).", "-3 20\n"),
        "-41 0\n",
        lambda rows: all(-40 <= value <= 40 for value in numbers(rows[0])) and len(rows[0]) == 2,
    ),
    "indices copied as letters": (
        stdin("The first line has n (1 ≤ n ≤ 9). The next line contains n integers t1, t2, ..., tn (1 ≤ t1 < t2 < ... < tn ≤ 60), where ti is the time of the i-th word.", "3\n1 5 9\n"),
        "2\n5 5\n",
        lambda rows: numbers(rows[1]) == sorted(set(numbers(rows[1]))),
    ),
    "how many numbers there are, in digits": (
        stdin("The first line has $2$ integers $e$ and $w$ ($1 <= e, w <= 5$).\nThen, $e$ lines follow. The $i$-th of these lines contains $w$ integers $x_{i,1}, x_{i,2}, ..., x_{i,w}$ ($0 <= x_{i,j} <= 3$).", "2 3\n0 1 2\n3 3 3\n"),
        "1 2\n0 4\n",
        lambda rows: len(rows) == int(rows[0][0]) + 1 and all(len(row) == int(rows[0][1]) for row in rows[1:]),
    ),
    "what numbers mean, told with other names": (
        stdin("The first line contains two integers $n$ and $m$ ($1 <= n, m <= 9$) — the lengths of the strings $s$ and $t$.\nThe second line has a string $s$ of length $n$, of `a` and `b`.\nThe third line has a string $t$ of length $m$, of `a` and `b`.", "2 3\nab\nbbb\n"),
        "2 3\nab\nbb\n",
        lambda rows: [len(rows[1][0]), len(rows[2][0])] == numbers(rows[0]),
    ),
    "different values on each line": (
        stdin("The first line has $n$ and $l$ ($2 <= n <= 9$, $1 <= l <= 5$).\nEach of the next $l$ lines begins with an integer $k$ ($1 <= k <= n$) followed by $k$ integers between $1$ and $n$. These $k$ integers are all distinct.\n\n"
              "The sum of all $k$ is at most $20$.", "5 2\n3 1 2 3\n3 1 2 3\n"),
        "5 1\n2 3 3\n",
        lambda rows: all(len(set(row[1:])) == int(row[0]) for row in rows[1:]) and sum(int(row[0]) for row in rows[1:]) <= 20,
    ),
    "twice as many letters": (
        stdin("The first line has $\\mathbf{n}$ ($1 <= \\mathbf{n} <= 5$).\nThen, $2\\mathbf{n}$ lines follow. The $i$-th of these contains a string of $2\\mathbf{n}$ characters, each `I` or `O`.", "1\nIO\nOO\n"),
        "1\nIO\nO\n",
        lambda rows: all(len(row[0]) == 2 * int(rows[0][0]) == len(rows) - 1 for row in rows[1:]),
    ),
    "a named word of so many letters": (
        stdin("The first line has one integer n (2 ≤ n ≤ 9). The second line contains a string p of 2n - 2 characters, each of which is either uppercase E or uppercase S.", "2\nES\n"),
        "2\nESS\n",
        lambda rows: len(rows[1][0]) == 2 * int(rows[0][0]) - 2,
    ),
    "sentences in a block of code": (
        Problem("t", "题目\n\n## 输入描述:\n\n```\nThe first line contains n (1 ≤ n ≤ 9).\nThe second line contains n integers a_i (0 ≤ a_i ≤ 7).\n```\n\n## 输出描述:\n\nOne number.\n", public_tests=(Test("2\n0 7\n", "1\n"),)),
        "1\n8\n",
        lambda rows: len(rows[1]) == int(rows[0][0]),
    ),
    "a Russian heading": (
        Problem("t", "## 1. Ball\n\nA story of n boys and m girls.\n\n### Исходные данные\n\nThe line contains n and m (1 ≤ n, m ≤ 9).\n\n### Результат\n\nPrint m (0 ≤ m ≤ 3).\n", public_tests=(Test("2 8\n", "1\n"),)),
        "1 10\n",
        lambda rows: len(rows[0]) == 2,
    ),
    "names with a capital letter": (
        stdin("The first line has $n$ ($1 <= n <= 5$).\nThe next $n$ lines have a name each, of $2$ to $7$ lowercase letters, starting with a capital letter.", "2\nAnna\nBo\n"),
        "1\nanna\n",
        lambda rows: all(row[0] == row[0].capitalize() for row in rows[1:]),
    ),
    "a tree with lengths": (
        stdin("The first line has $n$ ($2 <= n <= 9$).\nThe next $n-1$ lines have $a$, $b$ and $c$ ($1 <= a < b <= n$, $1 <= c <= 50$). It is possible to travel between any two towns.", "3\n1 2 5\n2 3 7\n"),
        "3\n1 2 5\n1 2 7\n",
        lambda rows: set(range(1, int(rows[0][0]) + 1)) == {int(end) for row in rows[1:] for end in row[:2]},
    ),
    "a variable of which all values differ": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nThe next $n$ lines have $x_i$ and $c_i$ ($1 <= x_i, c_i <= 20$). All $c_i$ are distinct.", "2\n3 5\n3 7\n"),
        "2\n3 5\n4 5\n",
        lambda rows: len({row[1] for row in rows[1:]}) == len(rows) - 1,
    ),
    "typewritten letters": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nThe second line has a string of length $n$. It is guaranteed that it only contains $\\texttt{0}$ and $\\texttt{1}$.", "3\n010\n"),
        "2\n02\n",
        lambda rows: set(rows[1][0]) <= set("01"),
    ),
    "two lists named behind them": (
        stdin("The first line has $n$ ($1 <= n <= 9$).\nThe second line has $n$ integers. The $i$-th of these is $a_i$ ($1 <= a_i <= 9$).\nThe third line has $n$ integers. The $i$-th of these is $b_i$ ($0 <= b_i <= 3$).", "2\n9 9\n0 3\n"),
        "1\n9\n4\n",
        lambda rows: max(numbers(rows[2])) <= 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_statement_is_read_whole(kind: str) -> None:
    problem, illegal, is_legal = KINDS[kind]
    form = format_of(problem)
    assert form is not None
    assert form.is_whole, form.unread
    drawn = list(islice(format_texts(form, 3), 60))
    assert len(set(drawn)) > 5
    assert [text for text in drawn if not is_legal([line.split() for line in text.splitlines()])] == []
    assert why_not(form, illegal) is not None


# --- pictures of the input --------------------------------------------------------------------------

HEADINGS = "物語。\n\n## 制約\n\n%s\n\n## 入力\n\n入力は以下の形式で標準入力から与えられる。\n\n%s\n## 出力\n\n答えを出力せよ。\n"
ROADS = page(HEADINGS % ("- $2 \\leq N \\leq 9$\n- $1 \\leq M \\leq 8$\n- $1 \\leq u_i, v_i \\leq N$\n- $0 \\leq A_i \\leq 5$\n- 入力は全て整数",
                         "> $N$ $M$\n> \n> $A_1$ $A_2$ $\\ldots$ $A_{2N}$\n> \n> $u_1$ $v_1$\n> \n> $\\hspace{0.4cm}\\vdots$\n> \n> $u_M$ $v_M$\n\n"),
             "2 1\n0 1 2 5\n1 2\n")  # fmt: skip
BOARD = page("Story.\n\n### Constraints\n\n1 \\leq H, W \\leq 5\nc_{i,j} is either `R` or `B`.\nAll input values are integers.\n\n### Input\n\nThe input is given in the following format:\n\n"
             "```\nH W\nc_{1,1}c_{1,2}\\ldots c_{1,W}\n\\vdots\nc_{H,1}c_{H,2}\\ldots c_{H,W}\n```\n\n### Output\n\nPrint it.\n", "2 3\nRRB\nBBB\n")  # fmt: skip
OWN_COUNTS = page(HEADINGS % ("- $1 \\leq N \\leq 4$\n- $1 \\leq K_i \\leq 3$\n- $1 \\leq A_{i,j} \\leq N$",
                              "```\nN\nK_1 A_{1,1} A_{1,2} ... A_{1,K_1}\n:\nK_N A_{N,1} A_{N,2} ... A_{N,K_N}\n```\n"), "2\n1 2\n3 1 2 1\n")  # fmt: skip
MANY_CASES = page(HEADINGS % ("- $1 \\leq T \\leq 3$\n- $1 \\leq N \\leq 4$\n- $1 \\leq A_i \\leq 9$",
                              "```\nT\n\\mathrm{case}_1\n\\vdots\n\\mathrm{case}_T\n```\n\n各ケースは以下の形式で与えられる。\n\n```\nN\nA_1 \\dots A_N\n```\n"),
                  "2\n1\n9\n2\n3 4\n")  # fmt: skip

QUERIES = page(HEADINGS % ("- $1 \\leq N, Q \\leq 9$\n- $1 \\leq x_i \\leq N$\n- $0 \\leq k_i \\leq 5$",
                           "```\nN Q\n\\mathrm{query}_1\n\\mathrm{query}_2\n\\vdots\n\\mathrm{query}_Q\n```\n\n各クエリは以下のいずれかである。\n\n```\n1 x_i\n```\n\n```\n2 x_i k_i\n```\n"),
               "3 2\n1 3\n2 1 5\n")  # fmt: skip


@pytest.mark.parametrize(
    ("problem", "lines", "illegal"),
    [
        (ROADS, ["1 line: N", "1 line: A (2*N times", "M lines: u"], "2 1\n0 1 2 5\n1 3\n"),
        (BOARD, ["1 line: H", "H lines: c (word of W characters of BR"], "2 3\nRRG\nBBB\n"),
        (OWN_COUNTS, ["1 line: N", "N lines: K (integer, statement); A (K times"], "2\n1 2\n3 1 2\n"),
        (QUERIES, ["1 line: N", "Q lines: no name (word out of 1, statement); x"], "3 2\n1 3\n2 1 6\n"),
        (MANY_CASES, ["1 line: T", "T times", "  1 line: N", "  1 line: A (N times"], "2\n1\n9\n2\n3\n"),
    ],
)
def test_a_picture_of_the_input_is_read(problem: Problem, lines: list[str], illegal: str) -> None:
    form = format_of(problem)
    assert form is not None
    assert form.is_whole, form.unread
    told = described(form)["lines"]
    assert [line.startswith(start) for line, start in zip(told, lines, strict=True)] == [True] * len(lines)
    assert why_not(form, illegal) is not None
    assert len(set(islice(format_texts(form, 1), 30))) > 5


@pytest.mark.parametrize(
    "limit",
    [
        "- 単純でない",
        "- $A_1$ は $3$ である",
        "- $A$ の総和は偶数",
        "- グラフは木である",
        "- The sum of $A$ is prime.",
    ],
)
def test_what_a_section_of_bounds_says_besides_is_not_taken_for_read(limit: str) -> None:
    told = HEADINGS % (
        f"- $1 \\leq N \\leq 9$\n- $1 \\leq A_i \\leq 9$\n{limit}",
        "```\nN\nA_1 \\dots A_N\n```\n",
    )
    form = format_of(page(told, "2\n3 5\n"))
    assert form is not None
    assert not form.is_whole


def test_values_and_rows_that_differ_are_told_apart() -> None:
    told = HEADINGS % ("- $1 \\leq N \\leq 9$\n- $1 \\leq A_i, x_i, y_i \\leq 20$\n- $A_i$ は相異なる\n- $(x_i, y_i) \\neq (x_j, y_j)$",
                       "```\nN\nA_1 \\dots A_N\nx_1 y_1\n:\nx_N y_N\n```\n")  # fmt: skip
    form = format_of(page(told, "2\n3 5\n1 1\n1 2\n"))
    assert form is not None
    assert form.is_whole, form.unread
    assert why_not(form, "2\n3 3\n1 1\n1 2\n") is not None
    assert why_not(form, "2\n3 4\n1 2\n1 2\n") is not None
    assert why_not(form, "2\n3 4\n1 2\n2 2\n") is None


def test_bounds_in_japanese_words_and_a_condition_that_values_differ() -> None:
    told = HEADINGS % ("- $N$ は $2$ 以上 $9$ 以下の整数\n- $1 \\leq A_i \\leq 20$ を満たす整数\n- $i \\neq j$ ならば $A_i \\neq A_j$", "```\nN\nA_1 \\dots A_N\n```\n")  # fmt: skip
    form = format_of(page(told, "2\n3 5\n"))
    assert form is not None
    assert form.is_whole, form.unread
    assert why_not(form, "1\n3\n") is not None
    assert why_not(form, "2\n3 3\n") is not None
    assert why_not(form, "2\n3 4\n") is None


KOREAN = "# 문제\n\n이야기.\n\n# 입력\n\n%s\n\n# 출력\n\n답을 출력한다.\n"


@pytest.mark.parametrize(
    ("told", "example", "legal", "illegal"),
    [
        ("첫째 줄에 1,000보다 작거나 같은 자연수 N이 주어진다.", "110\n", "1000\n", "1001\n"),
        ("첫째 줄에 N이 주어진다. N은 2보다 크거나 같고, 9보다 작거나 같다.", "2\n", "9\n", "1\n"),
        ("첫째 줄에 시 A (0 ≤ A ≤ 23)와 분 B (0 ≤ B ≤ 59)가 주어진다. 두 번째 줄에는 C (0 ≤ C ≤ 9)가 주어진다.", "3 30\n5\n", "23 59\n9\n", "24 0\n0\n"),
        ("첫째 줄에 수의 개수 N (1 ≤ N ≤ 9)이 주어진다. 둘째 줄에는 정수 N개 a_i (1 ≤ a_i ≤ 7)가 주어진다.", "2\n3 7\n", "1\n7\n", "1\n8\n"),
        ("첫째 줄에 T가 주어진다. T는 최대 9이다. 다음 T줄에는 각각 두 정수 A와 B가 주어진다. A와 B는 1 이상, 50 이하이다.", "2\n3 4\n5 50\n", "1\n1 50\n", "1\n1 51\n"),
        ("첫째 줄에 N이 주어진다. (1 ≤ N ≤ 9) 다음 N개의 줄에는 x (0 ≤ x ≤ 5)가 주어진다.", "2\n3\n5\n", "1\n0\n", "1\n6\n"),
    ],
)  # fmt: skip
def test_korean_sentences_are_read(told: str, example: str, legal: str, illegal: str) -> None:
    form = format_of(page(KOREAN % told, example))
    assert form is not None
    assert form.is_whole, form.unread
    assert why_not(form, legal) is None
    assert why_not(form, illegal) is not None


def test_letters_told_in_the_section_on_bounds() -> None:
    told = "Story.\n\n## Input\n\nThe first line has $n$. The second line has a string $s$ of length $n$.\n\n## Constraints\n\n$1 <= n <= 9$.\n\nEach character of $s$ is either $0$ or $1$.\n\n## Output\n\nOne number.\n"
    form = format_of(page(told, "3\n011\n"))
    assert form is not None
    assert form.is_whole, form.unread
    assert why_not(form, "2\n12\n") is not None
    assert why_not(form, "2\n10\n") is None


def test_a_column_whose_first_index_is_2() -> None:
    told = HEADINGS % ("- $2 \\leq N \\leq 9$\n- $1 \\leq b_i < i$", "```\nN\nb_2\nb_3\n:\nb_N\n```\n")
    form = format_of(page(told, "3\n1\n2\n"))
    assert form is not None
    assert form.is_whole, form.unread
    assert why_not(form, "3\n2\n1\n") is not None
    assert all(why_not(form, text) is None for text in islice(format_texts(form, 1), 30))


def test_values_that_come_once_in_korean() -> None:
    told = (
        "첫째 줄에 N이 주어진다. (1 ≤ N ≤ 9) 다음 N개의 줄에 x (0 ≤ x ≤ 5)가 주어진다. x는 중복되지 않는다."
    )
    form = format_of(page(KOREAN % told, "2\n3\n5\n"))
    assert form is not None
    assert form.is_whole, form.unread
    assert why_not(form, "2\n3\n3\n") is not None
    assert why_not(form, "2\n3\n4\n") is None


def test_a_picture_of_another_kind_is_left_to_the_sentences() -> None:
    told = HEADINGS % ("- $1 \\leq N \\leq 9$", "```\nN\n店 1 の情報\n:\n店 N の情報\n```\n")
    assert format_of(page(told, "1\n2 2\n")) is None


@pytest.mark.parametrize(
    "picture",
    [
        "N\n:\n:\n:",
        ":\n:",
        "T\ncase_1\n:",
        "T\ncase",
        "A_{②} … A_{N}",
        f"A_{{{'1' * 5000}}} … A_N",
        "N\nA_1 …",
        "… A_N",
        "",
    ],
)
def test_a_picture_that_makes_no_sense_is_none(picture: str) -> None:
    told = HEADINGS % ("- $1 \\leq N \\leq 9$", f"```\n{picture}\n```\n\n```\nN\n```\n")
    assert format_of(page(told, "1\n2 2\n")) is None
    alone = HEADINGS % ("- $1 \\leq N \\leq 9$", f"```\n{picture}\n```\n")
    assert format_of(page(alone, "1\n2 2\n")) is None


def test_a_heading_that_says_where_the_input_comes_from() -> None:
    told = "# Story\n\nWords.\n\n#### INPUT FORMAT (input arrives from the terminal / stdin):\n\nThe first line contains n (1 ≤ n ≤ 9).\n\n#### OUTPUT FORMAT (print output to the terminal / stdout):\n\nThe first line contains m (3 ≤ m ≤ 9).\n"
    form = format_of(page(told, "4\n"))
    assert form is not None
    assert described(form)["lines"] == ["1 line: n (integer, statement)"]
    assert why_not(form, "10\n") is not None


# --- what looks like a kind and is none ---------------------------------------------------------------


def test_a_relation_that_the_examples_break_makes_a_format_not_whole() -> None:
    form = format_of(stdin("The first line has $a$ and $b$ ($1 <= a < b <= 9$).", "5 3\n"))
    assert form is not None
    assert not form.is_whole


@pytest.mark.parametrize(
    "promise",
    [
        "It is guaranteed that there is exactly one `S` and that every cell can be reached from it.",
        "It is guaranteed that the picture has only the letters `S` and `.`, and such that it is valid.",
        "Exactly one `S` stands beside the border.",
    ],
)
def test_a_promise_with_another_one_in_it_is_not_taken_for_read(promise: str) -> None:
    told = f"The first line has $n$ ($1 <= n <= 5$).\nThe next $n$ lines have $n$ characters each, `S` or `.`. {promise}"
    form = format_of(stdin(told, "2\nS.\n..\n"))
    assert form is not None
    assert not form.is_whole


@pytest.mark.parametrize(
    ("section", "example"),
    [
        ("The first line has $p$ and $q$ ($0 <= p, q$, $0.1 <= p + q <= 0.9$).", "0.3 0.4\n"),
        (
            "The first line has $n$ ($1 <= n <= 9$).\nThe second line has $n$ integers $a_i$ ($0 = a_1 < a_2 < ... < a_n = 40$).",
            "3\n0 7 40\n",
        ),
        (
            "The first line has $n$ ($1 <= n <= 9$).\nThe next $n$ lines have $x_i$ ($0 <= x_i <= 9$) and $d_i$, one of the letters `W` or `E`. If $x_i = 0$, $d_i != `W`$.",
            "2\n3 W\n0 E\n",
        ),
        (
            "The first line has $n$ ($1 <= n <= 9$).\nThe second has $n$ integers $a_i$ ($1 <= a_i <= 9$). It is guaranteed that there exists a number such that some permutation of them is sorted.",
            "2\n3 4\n",
        ),
        (
            "The first line has $n$ and $m$ ($2 <= n <= 9$, $1 <= m <= 9$).\nThe next $n - 1$ lines have $u$ and $v$ ($1 <= u, v <= n$), the edges of a tree.\nThe last line has $m$ integers $a_i$ ($1 <= a_i <= n$). It is guaranteed that $a_i$ and $a_{i+1}$ are adjacent vertices of the tree.",
            "3 3\n1 2\n1 3\n2 1 3\n",
        ),
        (
            "The first line has $n$ ($1 <= n <= 9$).\nThe second line has a string of $2n - 2$ characters, `E` or `S`. It contains exactly $n-1$ E and exactly $n-1$ S.",
            "2\nES\n",
        ),
        (
            "The first line has $n$ ($1 <= n <= 9$).\nThe next $n$ lines have $l_i$ and $r_i$ ($0 <= l_i <= r_i <= 90$, $r_i < l_{i+1}$).",
            "2\n3 4\n5 9\n",
        ),
        (
            "The first line has $n$ ($1 <= n <= 9$).\nThe next $n$ lines have an angle $v_i$ ($1 <= v_i <= 90$). The sum over all angles equals $90$.",
            "2\n30 60\n".replace(" ", "\n"),
        ),
        (
            "The first line has $n$ ($1 <= n <= 9$).\nThe next $n$ lines have $x_i$ ($1 <= x_i <= 9$) and a word of the letters `a` and `b`. All $c_i$ are distinct.",
            "2\n3 a\n4 b\n",
        ),
        ("A date of the format `FEB 9`, with the month and the day.", "OCT 31\n"),
        ("The first line has a story in words.", "Once upon A Time\n"),
    ],
)
def test_what_no_rule_reads_makes_a_format_not_whole(section: str, example: str) -> None:
    form = format_of(stdin(section, example))
    assert form is None or not form.is_whole


def test_points_that_differ_in_the_section_on_bounds() -> None:
    told = HEADINGS % (
        "- $1 \\leq N \\leq 9$\n- $1 \\leq X_i, Y_i, C_i \\leq 20$\n- All flowers are at distinct points.",
        "```\nN\nX_1 Y_1 C_1\n:\nX_N Y_N C_N\n```\n",
    )
    form = format_of(page(told, "2\n3 5 1\n3 4 1\n"))
    assert form is not None
    assert why_not(form, "2\n3 5 1\n3 5 1\n") is not None
    drawn = (text.split("\n")[1:-1] for text in islice(format_texts(form, 1), 30))
    assert all(len({tuple(line.split()[:2]) for line in lines}) == len(lines) for lines in drawn)


@pytest.mark.parametrize("told", ["$Q = 10$", "Q = 2^K - 1 for some integer $K ≥ 1$.\n- $Q ≤ 20$"])
def test_a_variable_with_nothing_but_a_few_values_is_not_drawn(told: str) -> None:
    section = HEADINGS % (f"- $1 \\leq N \\leq 9$\n- {told}", "```\nN Q\n```\n")
    form = format_of(page(section, "2 7\n"))
    assert form is not None
    assert not form.is_whole


def test_flights_one_way_may_go_both_ways() -> None:
    form = format_of(
        stdin(
            "The flights are one-directional. The first line has $n$ and $m$ ($2 <= n <= 9$, $1 <= m <= n(n-1)$).\n"
            "The next $m$ lines have a flight from $s$ to $d$ ($1 <= s != d <= n$). There is at most one flight between a given pair.",
            "3 1\n1 2\n",
        )
    )
    assert form is not None
    assert why_not(form, "2 2\n1 2\n2 1\n") is None
    assert why_not(form, "2 2\n1 2\n1 2\n") is not None


def test_words_in_order_are_not_drawn() -> None:
    form = format_of(
        stdin("The first line has $n$ ($1 <= n <= 9$).\nThe next $n$ lines have times in increasing order.", "2\n01:30\n12:00\n")
    )  # fmt: skip
    assert form is not None
    assert not form.is_whole


def test_letters_that_tell_variables_apart_are_no_indices() -> None:
    assert with_labels("$H_d$, $A_d$, $H_k$ and $A_k$") == "$Hd$, $Ad$, $Hk$ and $Ak$"
    assert with_labels("$a_i$ and $a_N$, $x_1, …, x_k$") == "$a_i$ and $a_N$, $x_1, …, x_k$"


def test_two_chains_behind_one_comma() -> None:
    assert {(c.left, c.sign, c.right) for c in comparisons_in("1 <= a <= n, a != b")} >= {("a", "<=", "n"), ("a", "!=", "b")}  # fmt: skip
    assert all({c.left, c.right} != {"n", "b"} for c in comparisons_in("1 <= a <= n, a != b"))


def test_a_bracket_behind_a_name_with_a_blank_is_no_factor() -> None:
    assert term_of("n (m - 1)") is None
    assert term_of("n(m-1)") == term_of("n*(m-1)")


def test_a_line_that_ends_with_a_blank_in_all_examples_does_so_in_what_is_drawn() -> None:
    form = format_of(stdin("The first line has $n$ ($1 <= n <= 9$).\nThe second has $n$ integers $a_i$ ($1 <= a_i <= 9$).", "2\n3 4 \n", "1\n3 \n"))  # fmt: skip
    assert form is not None
    assert all(
        line.endswith(" ") for text in islice(format_texts(form, 0), 9) for line in text.splitlines()[1:]
    )
