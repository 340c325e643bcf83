nonce = 0
sessions: dict[str, int] = {}
paused = False
