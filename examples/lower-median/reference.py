def lower_median(numbers):
    return sorted(numbers)[(len(numbers) - 1) // 2] if numbers else None
