from .handlers import Handlers
from .storage import Storage


def build(settings):
    return Handlers(storage=Storage(settings))
