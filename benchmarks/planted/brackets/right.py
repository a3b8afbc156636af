n = int(input())
stack = []
good = True
for mark in input().strip():
    if mark in "([":
        stack.append(mark)
    elif not stack or stack.pop() + mark not in ("()", "[]"):
        good = False
print("yes" if good and not stack else "no")
