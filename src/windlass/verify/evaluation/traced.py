"""Runs inside the sandbox as `python traced.py OUT FILES PROGRAM...`: a module, and which lines of some files
it ran. Standard library only; FILES is a JSON list of absolute paths.
"""

import json
import os
import runpy
import sys
import threading
from types import FrameType
from typing import Any


def main() -> None:
    out, files, module = sys.argv[1], set(json.loads(sys.argv[2])), sys.argv[3]
    ran: dict[str, set[int]] = {path: set() for path in files}

    def line(frame: FrameType, event: str, _: Any) -> Any:
        ran[frame.f_code.co_filename].add(frame.f_lineno)
        return line

    def call(frame: FrameType, event: str, _: Any) -> Any:
        return line(frame, event, None) if frame.f_code.co_filename in ran else None

    sys.argv = sys.argv[3:]
    sys.path[0] = os.getcwd()
    threading.settrace(call)
    sys.settrace(call)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        sys.settrace(None)
        with open(out, "w", encoding="utf-8") as stream:
            json.dump({path: sorted(filter(None, lines)) for path, lines in ran.items()}, stream)


if __name__ == "__main__":
    main()
