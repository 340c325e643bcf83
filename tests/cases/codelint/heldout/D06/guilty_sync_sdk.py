from pybit.unified_trading import HTTP


class Account:
    def __init__(self, key, secret):
        self.session = HTTP(api_key=key, api_secret=secret, timeout=5)

    async def equity(self):
        reply = self.session.get_wallet_balance(accountType="UNIFIED")  # expect: D06
        return reply["result"]["list"][0]["totalEquity"]
