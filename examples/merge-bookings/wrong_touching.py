# Bookings that only touch are kept apart.
class Solution:
    def mergeBookings(self, bookings):
        joined = []
        for start, end in sorted(bookings):
            if joined and start < joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], end)
            else:
                joined.append([start, end])
        return joined
