"""What a client starts instead of `windlass mcp serve`: its standard streams, joined to a test's socket."""

import os
import socket
import sys
import threading


def pump(read, write):
    while data := read(65536):
        write(data)


def main(port: str) -> None:
    with socket.create_connection(("127.0.0.1", int(port))) as link:

        def answer(data: bytes) -> None:
            os.write(1, data)

        back = threading.Thread(target=pump, args=(link.recv, answer))
        back.start()
        pump(lambda size: os.read(0, size), link.sendall)
        link.shutdown(socket.SHUT_WR)
        back.join()


if __name__ == "__main__":
    main(sys.argv[1])
