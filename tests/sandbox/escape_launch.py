"""A control plane of its own for one run of the probe: `escape_launch.py SRC PLAN CHANNEL`.

Starts the probe through the launcher as whatever user it is, passes the listeners of its doors over the
channel, and prints {"uid", "probe", "stderr", "exit"}.
"""

import json
import os
import socket
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from windlass.sandbox import Door, Limits, Mount, Order, open_launcher  # noqa: F401 - the plan says how it is opened

PLAN = json.loads(Path(sys.argv[2]).read_text())
CHANNEL = socket.socket(fileno=int(sys.argv[3]))


def passed(listener: socket.socket) -> socket.socket:
    socket.send_fds(CHANNEL, [b"."], [listener.fileno()])
    return listener


def main() -> None:
    mounts = tuple(Mount(Path(source), target, writable) for source, target, writable in PLAN["mounts"])
    doors = tuple(Door(port, passed) for port in PLAN["facts"]["doors"].values())
    order = Order(
        tuple(PLAN["argv"]), PLAN["cwd"], mounts, PLAN["env"], limits=Limits(wall_s=240), doors=doors
    )
    said = b""
    with eval(PLAN["opening"]).start(order) as dialogue:
        dialogue.send(json.dumps(PLAN["facts"]).encode())
        dialogue.hang_up()
        while part := dialogue.receive(240):
            said += part
        ran = dialogue.end()
    told = {"uid": os.getuid(), "exit": ran.exit_code, "stderr": ran.stderr.decode(), "probe": said.decode()}
    print(json.dumps(told))


main()
