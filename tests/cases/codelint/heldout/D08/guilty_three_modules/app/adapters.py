from .drivers import SerialDriver


class Adapter:
    def __init__(self):
        self.driver = SerialDriver()

    def call(self, frame):
        return self.driver.exchange(frame)


def default_adapter() -> Adapter:
    return Adapter()
