import pymysql


class Storage:
    def __init__(self, settings):
        self.conn = pymysql.connect(
            host=settings.host, user=settings.user, password=settings.secret,
            connect_timeout=5, read_timeout=5, write_timeout=5,
        )

    def save_signal(self, signal):
        with self.conn.cursor() as cursor:
            cursor.execute("INSERT INTO signals (id, symbol) VALUES (%s, %s)", signal)
        self.conn.commit()
