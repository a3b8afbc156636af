# A booking that lies inside another one cuts its end off.
class Solution:
    def mergeBookings(self, bookings):
        joined = []
        for start, end in sorted(bookings):
            if joined and start <= joined[-1][1]:
                joined[-1][1] = end
            else:
                joined.append([start, end])
        return joined
