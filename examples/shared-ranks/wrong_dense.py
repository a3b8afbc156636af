# After two players who share rank 1 comes rank 2.
def shared_ranks(points):
    rank = {value: place for place, value in enumerate(sorted(set(points), reverse=True), 1)}
    return [rank[value] for value in points]
