"""BaseException caught to clean up, and raised on by every path."""


class Transaction:
    def __init__(self, connection, log) -> None:
        self.connection = connection
        self.log = log

    async def run(self, action):
        self.connection.begin()
        try:
            answer = await action(self.connection)
        except BaseException as error:
            self.connection.discard()
            if isinstance(error, ValueError):
                self.log.warning("refused: %s", error)
            raise
        self.connection.keep()
        return answer
