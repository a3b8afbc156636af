"""Statements with the same two examples, in the shapes that people write themselves.

A module of its own because they are long, and no more than read.
"""

from __future__ import annotations

PLAIN_PARAGRAPHS = """
    Add up.

    Sample Input 1

    3
    1 2 3

    Sample Output 1

    6

    Here the sum is 6, as you can see.

    Sample Input 2

    1
    5

    Sample Output 2

    5
    """

BOLD_LABELS_AND_FENCES = """
    Add up.

    **Input:**
    ```
    3
    1 2 3
    ```
    **Output:**
    ```
    6
    ```

    **Input:**

    ```
    1
    5
    ```

    **Output:**

    ```
    5
    ```
    """

INFO_STRINGS = """
    Add up.

    ```input
    3
    1 2 3
    ```

    ```output
    6
    ```

    ```input
    1
    5
    ```
    ```output
    5
    ```
    """

EXAMPLE_BLOCKS = """
    ## Example 1

    ### Input

    ```
    3
    1 2 3
    ```

    ### Output

    ```
    6
    ```

    ### Explanation

    One and two and three.

    ## Example 2

    ### Input

    ```
    1
    5
    ```

    ### Output

    ```
    5
    ```
    """

SEVERAL_CASES_IN_ONE_SECTION = """
    # Examples

    Input
    3
    1 2 3
    Output
    6

    Input
    1
    5
    Output
    5

    # Constraints

    Input is small.
    """

TABLE = """
    | Sample Input | Sample Output | Explanation |
    | --- | --- | --- |
    | 3<br>1 2 3 | 6 | 1+2+3 |
    | `1`<br/>`5` | `5` | |
    """

INDENTED_CODE = """
    Sample Input 1:

        3
        1 2 3

    Sample Output 1:

        6

    Sample Input 2:

        1
        5

    Sample Output 2:

        5
    """

UNLABELLED_FENCES = """
    ## Example 1

    ```
    3
    1 2 3
    ```

    ```
    6
    ```

    ## Example 2

    ```
    1
    5
    ```

    gives

    ```
    5
    ```
    """

QUOTED = """
    > **Sample Input 1**
    > ```
    > 3
    > 1 2 3
    > ```
    > **Sample Output 1**
    > ```
    > 6
    > ```
    >
    > Sample Input 2
    >
    > 1
    > 5
    >
    > Sample Output 2
    >
    > 5
    """

INPUT_FOR_SAMPLE = """
    ### Input for Sample 1
    3
    1 2 3
    ### Output for Sample 1
    6
    ### Input for Sample 2
    1
    5
    ### Output for Sample 2
    5
    """

LIST_ITEMS = """
    Examples:

    1. Input:
       ```
       3
       1 2 3
       ```
       Output:
       ```
       6
       ```
    2. Input:
       ```
       1
       5
       ```
       Output:
       ```
       5
       ```
    """

ONE_FENCE_WITH_LABELS = """
    ## Examples

    ```
    Input:
    3
    1 2 3
    Output:
    6

    Input:
    1
    5
    Output:
    5
    ```
    """
