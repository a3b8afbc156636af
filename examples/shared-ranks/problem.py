from typing import List


def shared_ranks(points: List[int]) -> List[int]:
    """Give each player of a tournament a rank. The player with the most points has rank 1.
    Players with equal points share a rank, and the ranks that they use up are not given to anyone else:
    after two players who share rank 1 comes rank 3. The ranks are returned in the order of the players.

    >>> shared_ranks([10, 30, 20])
    [3, 1, 2]
    >>> shared_ranks([7])
    [1]
    """
