"""Strings put together by join, by Template, by format_map and through a variable."""

from string import Template

QUERY = Template("SELECT * FROM orders WHERE symbol = '$symbol'")


class Store:
    def __init__(self, conn):
        self.conn = conn

    def find(self, symbol):
        return self.conn.execute(QUERY.substitute(symbol=symbol))  # expect: S09

    def conditions(self, filters):
        where = " AND ".join(f"{key} = '{value}'" for key, value in filters.items())  # expect: S09@c
        return self.conn.execute("SELECT * FROM orders WHERE " + where)  # expect: S09@c

    def update(self, values):
        text = "UPDATE legs SET stop = '{stop}' WHERE leg = '{leg}'".format_map(values)  # expect: S09@u
        return self.conn.execute(text)  # expect: S09@u
