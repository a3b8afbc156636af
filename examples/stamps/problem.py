"""Stamps

A letter costs c cents. The post office sells stamps of n different values, as many of each as you like. Find the
smallest number of stamps whose values add up to exactly c cents.

Input

The first line holds c and n (0 <= c <= 20000, 1 <= n <= 20). The second line holds the values of the stamps, whole
numbers between 1 and 20000 in no particular order; a value may be listed twice.

Output

The smallest number of stamps, or -1 if there is no way to pay exactly c cents.

Sample Input 1

30 3
1 5 10

Sample Output 1

3

Sample Input 2

7 2
5 2

Sample Output 2

2
"""
