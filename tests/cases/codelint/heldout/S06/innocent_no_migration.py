"""A module with upgrade and downgrade of a model's rank; no migration at all."""


class Ranking:
    def __init__(self):
        self.ranks = {}

    def upgrade(self, name):
        self.ranks[name] = self.ranks.get(name, 0) + 1

    def downgrade(self, name):
        pass
