"""Statements with the same two examples, as the pages of judges show them.

A module of its own because the pages are long, and no more than read.
"""

from __future__ import annotations

ATCODER = """
    # A - Sum

    ## Problem Statement

    Add up.

    ### Input

    The input is given from Standard Input in the following format:

    ```
    N
    A_1 \\ldots A_N
    ```

    ### Output

    Print the answer.

    ### Sample Input 1

    ```
    3
    1 2 3
    ```

    ### Sample Output 1

    ```
    6
    ```

    Here 1+2+3 makes 6, which is the answer.

    ### Sample Input 2

    ```
    1
    5
    ```

    ### Sample Output 2

    ```
    5
    ```
    """

CODEFORCES_COPY = """
    A. Sum
    time limit per test2 seconds
    memory limit per test256 megabytes
    inputstandard input
    outputstandard output
    Add up.

    Input
    The first line contains one integer n.

    Output
    Print the sum.

    Examples
    InputCopy
    3
    1 2 3
    OutputCopy
    6
    InputCopy
    1
    5
    OutputCopy
    5
    Note
    In the first example the sum is 6.
    """

CODEFORCES_GLUED = """
    Examples
    inputCopy3
    1 2 3
    outputCopy6
    inputCopy1
    5
    outputCopy5
    """

NUMBERED_TABLES = """
    | Sample Input 1 | Sample Output 1 |
    |---|---|
    | 3 <br> 1 2 3 | 6 |

    | Sample Input 2 | Sample Output 2 |
    |---|---|
    | 1 <br> 5 | 5 |
    """

HTML_TABLE = """
    <table><tr><th>Sample Input 1</th><th>Sample Output 1</th></tr>
    <tr><td><pre>3
    1 2 3
    </pre></td><td><pre>6
    </pre></td></tr>
    <tr><td>1<br>5</td><td>5</td></tr></table>
    """

KATTIS_COLUMNS = (
    "Add up.\n\nSample Input 1\tSample Output 1\n3\n1 2 3\n\t6\nSample Input 2\tSample Output 2\n1\n5\n\t5\n"
)

HACKERRANK = """
    **Sample Input 0**

    ```
    3
    1 2 3
    ```

    **Sample Output 0**

    ```
    6
    ```

    **Explanation 0**

    The sum.

    **Sample Input 1**

    ```
    1
    5
    ```

    **Sample Output 1**

    ```
    5
    ```
    """

COPY_BUTTONS = """
    Sample Input 1

    Copy

    3
    1 2 3

    Sample Output 1

    Copy

    6

    Sample Input 2

    Copy

    1
    5

    Sample Output 2

    Copy

    5
    """
