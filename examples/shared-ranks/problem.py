from typing import List


def shared_ranks(points: List[int]) -> List[int]:
    """Return the rank of each player, in the order of the players.
    The player with the most points has rank 1. Players with equal points have the same rank.
    A player's rank is one more than the number of players who have more points.

    >>> shared_ranks([10, 30, 20])
    [3, 1, 2]
    >>> shared_ranks([7])
    [1]
    """
