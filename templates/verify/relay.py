"""Carries what comes to 127.0.0.1 in a sandbox to lambda-slim, and its answers back."""

import base64
import queue
import socket
import threading

# Bytes that may be on their way in one direction of a connection. lambda-slim has the same number.
AHEAD = 1 << 20


class Relay:
    """Listens on ports of the loopback interface and numbers the connections that come."""

    def __init__(self, say):
        self._say = say
        self._lock = threading.Lock()
        self._connections = {}
        self._number = 0

    def listen(self, door, port):
        """Returns the port, which is another one when 0 was asked for."""
        listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self._accept, args=(door, listener), daemon=True).start()
        return listener.getsockname()[1]

    def receive(self, message):
        """One message from lambda-slim. A connection that the function has closed takes no more: that is its right."""
        connection = self._connections.get(message["to"])
        if connection is not None:
            connection.receive(message)

    def _accept(self, door, listener):
        while True:
            incoming, _ = listener.accept()
            # Headers and body come as two messages; the second must not wait for the first one's receipt.
            incoming.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._number += 1
                number = self._number
            connection = Connection(incoming, number, door, self._say)
            self._connections[number] = connection
            threading.Thread(target=self._carry, args=(number, connection), daemon=True).start()

    def _carry(self, number, connection):
        connection.carry()
        del self._connections[number]


class Connection:
    """One of them. Each direction has a thread, so that a function which does not read holds up nobody else."""

    def __init__(self, incoming, number, door, say):
        self._socket = incoming
        self._number = number
        self._door = door
        self._say = say
        self._outgoing = queue.SimpleQueue()
        self._room = AHEAD
        self._more_room = threading.Condition()
        threading.Thread(target=self._write, daemon=True).start()

    def receive(self, message):
        if "took" in message:
            with self._more_room:
                self._room += message["took"]
                self._more_room.notify()
        else:
            self._outgoing.put(message)

    def carry(self):
        """What the function sends, until it ends."""
        try:
            while True:
                with self._more_room:
                    while self._room <= 0:
                        self._more_room.wait()
                data = self._socket.recv(65536)
                if not data:
                    break
                with self._more_room:
                    self._room -= len(data)
                text = base64.b64encode(data).decode()
                self._say({"from": self._number, "door": self._door, "data": text})
        except OSError:
            pass  # Reset: the process on the other side has ended.
        self._say({"from": self._number, "close": True})
        self._outgoing.put({"close": True})

    def _write(self):
        try:
            while True:
                message = self._outgoing.get()
                if "data" in message:
                    data = base64.b64decode(message["data"])
                    self._socket.sendall(data)
                    self._say({"from": self._number, "took": len(data)})
                if message.get("close"):
                    break
        except OSError:
            pass  # The function takes no more.
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
        # The other thread may wait for room that nobody makes any more.
        with self._more_room:
            self._room = AHEAD
            self._more_room.notify()
