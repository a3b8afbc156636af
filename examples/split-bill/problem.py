# Split the bill
#
# Friends share a bill of some cents. Nobody can pay a part of a cent, so some pay one cent more than the others:
# those who come first in the list. The shares are returned as a list; together they are exactly the bill.
# A negative bill is a refund: then those who come first get one cent more back than the others.
# When there are no people the list is empty, whatever the bill.


def split_bill(cents: int, people: int) -> list[int]:
    ...


assert split_bill(100, 4) == [25, 25, 25, 25]
assert split_bill(11, 3) == [4, 4, 3]
