class Instruments:
    def __init__(self, venue):
        self.venue = venue
        self.rules = {}
        self.stops = {}

    async def rule(self, symbol):
        try:
            return self.rules[symbol]  # expect: D27@rule
        except KeyError:
            rule = await self.venue.rule(symbol)
            self.rules[symbol] = rule  # expect: D27@rule
            return rule

    async def protect(self, leg):
        if self.stops.get(leg.key) is not None:  # expect: D27@stop
            return self.stops[leg.key]
        stop = await self.venue.place_stop(leg)
        self.stops.update({leg.key: stop})  # expect: D27@stop
        return stop
