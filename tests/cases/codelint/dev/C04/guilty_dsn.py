import os

DSN = "postgresql://bot:password@127.0.0.1:5432/trading"  # expect: C04
DB_PASSWORD = os.environ.get("DB_PASSWORD", "postgres123")  # expect: C04
