def shared_ranks(points):
    rank = {}
    for place, value in enumerate(sorted(points, reverse=True), 1):
        rank.setdefault(value, place)
    return [rank[value] for value in points]
