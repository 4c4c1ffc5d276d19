from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
CHUNK = b"x" * 1024


@app.get("/hello")
async def hello(name: str = "world"):
    return {"hello": name}


@app.post("/echo")
async def echo(request: Request):
    return Response(await request.body(), media_type="application/octet-stream")


@app.get("/stream")
async def stream():
    async def chunks():
        for _ in range(64):
            yield CHUNK

    return StreamingResponse(chunks(), media_type="application/octet-stream")
