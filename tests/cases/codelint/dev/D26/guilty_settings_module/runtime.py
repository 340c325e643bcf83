open_legs = 0
