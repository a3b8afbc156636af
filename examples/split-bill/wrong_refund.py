# Rounds a refund towards minus infinity: the last friends get more back.
def split_bill(cents, people):
    if people == 0:
        return []
    share, rest = divmod(cents, people)
    return [share + 1] * rest + [share] * (people - rest)
