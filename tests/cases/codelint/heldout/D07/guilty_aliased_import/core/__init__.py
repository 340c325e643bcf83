from core.net import fetch as fetch_sync
