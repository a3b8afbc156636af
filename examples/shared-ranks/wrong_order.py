# Players with equal points get different ranks.
def shared_ranks(points):
    order = sorted(range(len(points)), key=lambda i: -points[i])
    ranks = [0] * len(points)
    for place, player in enumerate(order, 1):
        ranks[player] = place
    return ranks
