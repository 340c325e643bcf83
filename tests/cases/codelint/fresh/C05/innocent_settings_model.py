"""Keys are read from the environment; ids and digests are no secrets."""

import os

from pydantic import SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    okx_api_key: SecretStr
    okx_api_secret: SecretStr
    okx_passphrase: SecretStr


TOKEN = os.environ["TELEGRAM_TOKEN"]
BUILD_ID = "3f786850e387550fdab836ed7e6dc881de23001b"
MODEL_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
STRATEGY_ID = "6f1d3c52-8a0b-4e7f-9c26-b4d5e7a91f30"
