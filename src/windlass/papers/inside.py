"""Runs inside the sandbox, in the folder of a tree: looks at its papers and writes down what it saw.

Arguments: what is asked, as JSON (`kind`, `leave_out`), and the file for the answer.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from windlass.papers import contracts, documents
from windlass.papers.told import Told, written
from windlass.papers.walk import TooMany, Tree, walk

LOOKS: Final[Mapping[str, Callable[[Tree, Sequence[str]], Told]]] = {
    "contracts": contracts.look, "documents": documents.look,
}  # fmt: skip


def main(order: str, into: str) -> None:
    """Do what is asked of the tree one stands in."""
    asked = json.loads(order)
    try:
        told = LOOKS[asked["kind"]](walk(os.getcwd()), asked["leave_out"])
    except TooMany as error:
        told = Told(unread=[str(error)])
    with open(into, "wb") as stream:
        stream.write(written(told))
