"""Carries what comes to 127.0.0.1 in a sandbox to lambda-slim, and its answers back."""

import base64
import socket
import threading


class Relay:
    """Listens on a port of the loopback interface and numbers the connections that come."""

    def __init__(self, port, say):
        self._say = say
        self._connections = {}
        self._listener = socket.create_server(("127.0.0.1", port), backlog=16)
        threading.Thread(target=self._accept, daemon=True).start()

    def receive(self, message):
        """One message from lambda-slim. A connection that the function has closed takes no more: that is its right."""
        connection = self._connections.get(message["to"])
        if connection is None:
            return
        try:
            if "data" in message:
                connection.sendall(base64.b64decode(message["data"]))
            if message.get("close"):
                connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _accept(self):
        number = 0
        while True:
            connection, _ = self._listener.accept()
            # Headers and body come as two messages; the second must not wait for the first one's receipt.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number += 1
            self._connections[number] = connection
            threading.Thread(target=self._carry, args=(number, connection), daemon=True).start()

    def _carry(self, number, connection):
        try:
            while True:
                data = connection.recv(65536)
                if not data:
                    break
                self._say({"from": number, "data": base64.b64encode(data).decode()})
        except OSError:
            pass  # Reset: the process on the other side has ended.
        self._say({"from": number, "close": True})
        del self._connections[number]
        connection.close()
