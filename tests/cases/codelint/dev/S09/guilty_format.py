from sqlalchemy import text


def balance_of(session, account):
    statement = "SELECT equity FROM balances WHERE account = '{}'".format(account)  # expect: S09@b
    return session.execute(text(statement)).scalar()  # expect: S09@b
