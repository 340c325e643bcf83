"""Clock check and restart from a FastAPI endpoint."""

import os
import subprocess as sp

from fastapi import FastAPI

app = FastAPI()


@app.post("/restart/{unit}")
async def restart(unit: str) -> dict:
    code = sp.call(["systemctl", "restart", unit], timeout=30)  # expect: D13
    return {"code": code}


@app.get("/offset")
async def offset() -> dict:
    text = sp.getoutput("chronyc -c tracking")  # expect: D13
    lines = os.popen("uptime").read()  # expect: D13
    return {"offset": text.split(",")[4], "uptime": lines}
