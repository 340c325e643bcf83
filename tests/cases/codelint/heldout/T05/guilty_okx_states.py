class OkxParser:
    ORDER_TYPES = {"market": "MARKET", "limit": "LIMIT", "post_only": "LIMIT"}

    def order_type(self, raw: dict) -> str:
        try:
            return self.ORDER_TYPES[raw["ordType"]]
        except KeyError:  # expect: T05@type
            return "MARKET"  # expect: T05@type

    def order_status(self, raw: dict) -> str:
        status = "CANCELED"  # expect: T05@status
        if raw["state"] == "live":
            status = "NEW"
        elif raw["state"] == "filled":
            status = "FILLED"
        return status  # expect: T05@status
