"""Alert channel and a signing key."""

WEBHOOK = "https://discord.com/api/webhooks/1187234567890123456/xK3qV9tLm2RwZs7YbNpQ8uT1vW4yZ7cF0hL3oR6aB3dE6gH9jK2mN5pQ8sT1"  # expect: C05
SIGNING_KEY = """-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIBkg0q9dX1mQ3r5t7v9yBdEfGhJkLmNpQrStUvWxYz01oAoGCCqGSM49
-----END EC PRIVATE KEY-----"""  # expect: C05
