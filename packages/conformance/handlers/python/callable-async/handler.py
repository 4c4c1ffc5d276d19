import asyncio


async def handler(event):
    await asyncio.sleep(0.001)
    return "async"
