# Takes the larger of the two in the middle.
def lower_median(numbers):
    return sorted(numbers)[len(numbers) // 2] if numbers else None
