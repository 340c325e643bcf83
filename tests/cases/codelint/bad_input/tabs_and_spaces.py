def step(value):
	if value:
        return value
	return 0
