"""Alert channel and a signing key."""

WEBHOOK = "https://discord.com/api/webhooks/118723456/xK3qV9tLm2RwZs7YbNpQ8uT1vW4yZ"  # expect: C05
SIGNING_KEY = """-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIBkg0q9dX1mQ3r5t7v9yBdEfGhJkLmNpQrStUvWxYz01oAoGCCqGSM49
-----END EC PRIVATE KEY-----"""  # expect: C05
