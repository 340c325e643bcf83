"""SQLAlchemy's builder binds by itself; a word like update in a message is no SQL."""

from sqlalchemy import bindparam, select, text


def by_symbol(session, orders, symbol):
    statement = select(orders).where(orders.c.symbol == symbol)
    return session.execute(statement).all()


def by_note(session, note):
    statement = text("SELECT order_id FROM orders WHERE note = :note").bindparams(bindparam("note"))
    return session.execute(statement, {"note": note}).all()


def message(version: str) -> str:
    return f"update from {version} is where you select the next model"
