import json

from fastapi import FastAPI, UploadFile

app = FastAPI()


@app.post("/presets/{name}")
async def store(name: str, upload: UploadFile) -> dict:
    body = await upload.read()
    target = open(f"/var/lib/bot/presets/{name}.json", "wb")  # expect: D11
    with target:
        target.write(body)
    return json.loads(body)
