"""A list of passwords that are refused, and a prompt."""

import getpass

REFUSED = frozenset({"admin", "changeme", "password", "postgres"})


def read_password() -> str:
    password = getpass.getpass("password: ")
    if password in REFUSED:
        raise ValueError("that password is one of the well-known ones: choose another")
    return password
