"""The procedures of one repository, as faces show them: its own as they stand on main, else windlass's."""

from collections.abc import Callable

from windlass.app.wiring import Plant
from windlass.mesh import Sop, procedure, texts


def library_of(plant: Plant) -> Callable[[str], Sop]:
    """The procedure of a role; it follows main, so it is looked up anew each time."""

    def look(role: str) -> Sop:
        main = plant.mirror.ref(f"refs/windlass/user/heads/{plant.repository.main}")
        return procedure(role, None if main is None else texts(plant.mirror, main))

    return look
