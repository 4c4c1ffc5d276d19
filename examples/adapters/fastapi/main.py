from contextlib import asynccontextmanager
from typing import Union

from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

items: dict[int, "Item"] = {}


class Item(BaseModel):
    name: str
    price: float
    is_offer: Union[bool, None] = None


@asynccontextmanager
async def lifespan(app: FastAPI):
    items[1] = Item(name="tea", price=3.5)
    yield
    items.clear()


app = FastAPI(lifespan=lifespan)


@app.get("/")
def read_root():
    return {"Hello": "World"}


@app.get("/items/{item_id}")
async def read_item(item_id: int, q: Union[str, None] = None):
    if item_id not in items:
        raise HTTPException(status_code=404, detail="Item not found")
    return {"item_id": item_id, "item": items[item_id], "q": q}


@app.put("/items/{item_id}")
def update_item(item_id: int, item: Item):
    items[item_id] = item
    return {"item_name": item.name, "item_id": item_id}


@app.get("/countdown")
async def countdown():
    async def lines():
        for n in (3, 2, 1):
            yield f"{n}\n"

    return StreamingResponse(lines(), media_type="text/plain")
