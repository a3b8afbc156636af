def split_bill(cents, people):
    if people == 0:
        return []
    share, rest = divmod(abs(cents), people)
    sign = -1 if cents < 0 else 1
    return [sign * (share + (friend < rest)) for friend in range(people)]
