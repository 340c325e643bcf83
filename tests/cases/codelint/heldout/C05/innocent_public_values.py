"""Long strings that are no secrets: public keys, hashes, ids, encoded pictures, test vectors."""

PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEq0r1c5h1b8Zb2n3v4m5k6j7h8g9f
-----END PUBLIC KEY-----"""
COMMIT = "0859b786f2a1c3d4e5f60718293a4b5c6d7e8f90"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
ORDER_LINK_PREFIX = "v3-BTCUSDT-1-entry-"
TOKEN_URL = "https://auth.example.org/oauth/token"
