"""One call while it is in this process."""

from .messages import CREDIT_WINDOW


class Call:
    """From INVOKE to the terminal frame."""

    __slots__ = (
        "id",
        "connection",
        "message",
        "credit",
        "canceled",
        "done",
        "sink",
        "parts",
        "begun",
        "task",
        "waiter",
    )

    def __init__(self, connection, message):
        self.id = message[1]
        self.connection = connection
        self.message = message
        #: CHUNK bytes that may be sent now.
        self.credit = CREDIT_WINDOW
        self.canceled = False
        #: Its terminal frame is made: what it prints from now on belongs to no call.
        self.done = False
        #: What it printed; made with the first line.
        self.sink = None
        #: Pieces of a body that is still coming.
        self.parts = None
        #: The handler has been called, or is about to be.
        self.begun = False
        #: In a worker that runs many calls: its task, and what it waits on for credit.
        self.task = None
        self.waiter = None

    def send_output(self, frames):
        self.connection.send(frames)

    def add_input(self, data):
        if self.parts is None:
            self.parts = [self.message[15]]
        self.parts.append(data)

    def input_ended(self):
        self.message[15] = b"".join(self.parts)
        self.parts = None
