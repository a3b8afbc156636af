"""Stairs

A staircase has n steps, numbered from 1 to n. A child stands in front of it (on step 0) and wants to reach step n. It
climbs 1 or 2 steps at a time. Some steps are broken, and the child must never stand on a broken step.

In how many ways can it reach step n? Print the number modulo 1000000007.

Input

The first line holds n and the number of broken steps k (1 <= n <= 100000, 0 <= k <= n). The second line holds the k
numbers of the broken steps; it is empty when k is 0.

Output

The number of ways, modulo 1000000007.

Sample Input 1

5 1
3

Sample Output 1

2

Sample Input 2

4 1
2

Sample Output 2

1
"""
