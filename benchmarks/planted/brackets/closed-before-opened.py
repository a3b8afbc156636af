n = int(input())
stack = []
good = True
for mark in input().strip():
    if mark in "([":
        stack.append(mark)
    elif stack and stack.pop() + mark not in ("()", "[]"):
        good = False
print("yes" if good and not stack else "no")
