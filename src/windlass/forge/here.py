"""The user's own repository as the host: what counts where no other one is named."""

from dataclasses import dataclass

from windlass.workspace import Checkout, Mirror


@dataclass(frozen=True, slots=True)
class Here:
    checkout: Checkout
    name: str = "this repository"
    trunk: str = "refs/windlass/user/"
    proposals: bool = True
    pulls: None = None

    def ref(self, mirror: Mirror, name: str) -> str | None:
        return self.checkout.ref(name)

    def bring(self, mirror: Mirror, name: str) -> str | None:
        seen = self.checkout.ref(name)
        if seen is not None:
            mirror.sync(self.checkout)
        return seen

    def publish(self, mirror: Mirror, oid: str, name: str, *, expected: str | None, message: str) -> None:
        self.checkout.publish(mirror, oid, name, expected=expected, message=message)

    def rehearse(self, mirror: Mirror, name: str) -> str:
        return f"{name} is at {self.checkout.ref(name) or 'nothing'}"
