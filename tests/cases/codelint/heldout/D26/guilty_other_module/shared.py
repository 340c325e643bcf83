class Shared:
    equity = 0
    orders = 0


halted = False
peak = 0
