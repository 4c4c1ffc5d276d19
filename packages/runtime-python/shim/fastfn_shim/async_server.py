class AsyncServer:
    pass
