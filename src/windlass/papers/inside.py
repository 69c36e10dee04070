"""Runs inside the sandbox, in the folder of a tree: looks at its papers and writes down what it saw.

Arguments: what is asked, as JSON (`kind`, and what that kind is told), and the file for the answer.
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from windlass.papers import contracts, documents, live
from windlass.papers.told import Told, written
from windlass.papers.walk import TooMany, Tree, walk

LOOKS: Final[Mapping[str, Callable[[Tree, Mapping[str, Any]], Told]]] = {
    "contracts": lambda tree, asked: contracts.look(tree, asked["leave_out"]),
    "documents": lambda tree, asked: documents.look(tree, asked["leave_out"]),
    "service": live.look,
}


def main(order: str, into: str) -> None:
    """Do what is asked of the tree one stands in."""
    asked = json.loads(order)
    try:
        told = LOOKS[asked["kind"]](walk(os.getcwd()), asked)
    except TooMany as error:
        told = Told(unread=[str(error)])
    with open(into, "wb") as stream:
        stream.write(written(told))
