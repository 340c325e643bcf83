"""Keys that travel with the repository."""

BYBIT_API_KEY = "Zq7RkT2mWx9LbV4nPc"  # expect: C05
BYBIT_API_SECRET = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL3oR6"  # expect: C05


class Alerts:
    token = "7214589036:AAHq3kZ9vX2mB7nL4pR8sT1wY6cD0fG5jKe"  # expect: C05
    chat_id = 184467
