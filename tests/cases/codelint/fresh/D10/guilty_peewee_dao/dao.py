from peewee import CharField, Model, PostgresqlDatabase

database = PostgresqlDatabase("trading", connect_timeout=3)


class Signal(Model):
    name = CharField()
    state = CharField()

    class Meta:
        database = database


class SignalDao:
    def waiting(self) -> list[Signal]:
        return list(Signal.select().where(Signal.state == "waiting"))

    def mark(self, name: str) -> int:
        return Signal.update(state="done").where(Signal.name == name).execute()
