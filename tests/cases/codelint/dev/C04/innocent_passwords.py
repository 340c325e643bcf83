"""Passwords from the environment; words about passwords."""

import os

DSN = os.environ["DATABASE_URL"]
SOCKET_DSN = "postgresql://bot@/trading?host=/run/postgresql"
PASSWORD_MIN_LENGTH = 12
PASSWORD_PROMPT = "password: "


def dsn(user: str, password: str, host: str) -> str:
    return f"postgresql://{user}:{password}@{host}:5432/trading"
