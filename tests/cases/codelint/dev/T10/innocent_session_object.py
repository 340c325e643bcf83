"""A database session factory is no HTTP session; a timeout may come by keyword dictionary."""

import requests
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

ARGS = {"connect_timeout": 5, "options": "-c statement_timeout=5000"}
HTTP = {"timeout": 5}


def open_session(url: str) -> Session:
    engine = create_engine(url, connect_args=ARGS, pool_timeout=5)
    return Session(engine)


def fetch(url: str) -> bytes:
    return requests.get(url, **HTTP).content
