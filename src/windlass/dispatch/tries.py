"""For the room that lets several try one task: put it aside, take over what one of them made.

An entry is a task like any other, with a lease, a fence and a submission; it only never lands by itself.
"""

from windlass.dispatch.controller import file_aside as file_aside
from windlass.dispatch.model import ENTRY as ENTRY
from windlass.dispatch.model import pin as pin
from windlass.dispatch.offering import offer as offer
from windlass.dispatch.records.entries import hand_in as hand_in
from windlass.dispatch.records.entries import put_aside as put_aside
from windlass.dispatch.records.entries import set_aside as set_aside
from windlass.dispatch.records.entries import take_over as take_over
