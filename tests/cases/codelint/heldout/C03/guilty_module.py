"""Exchange settings of production."""

EXCHANGES = {
    "bybit": {
        "api_key": "Gk7TqX2vLm9RzWc4Ys",  # expect: C03@live
        "api_secret": "t6Yb1Nq8Wd3Kf5Hj0Lz7Xc2Vv9Mm4Pp1Rr6S",  # expect: C03@live
        "testnet": False,  # expect: C03@live
    },
}
