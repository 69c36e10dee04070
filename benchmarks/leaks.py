"""Secrets in files: how many are found, and how much is told that is none, beside detect-secrets.

    python benchmarks/leaks.py --peer PYTHON   # an interpreter with detect-secrets; or no columns of it
    python benchmarks/leaks.py --short

A corpus is drawn from a seed. Files with one secret each: in the shapes of every provider (checksums and all)
or given to a name, written the ways people write them: quoted, in an environment file, YAML, JSON, a header,
encoded in base64 or hex. Files with none, but with what looks like one: digests, identifiers, hashes of lock
files, placeholders, published examples, public keys, words. Every file is asked of each tool by itself, on
disk under the name it would have. `certain`: windlass's findings that refuse a change; `all`: the likely ones
too. detect-secrets has all its detectors and filters as shipped, but asks no provider whether a secret is
alive; in the second column its two entropy detectors are left out, which it tells first when one finds too
much.

Whoever wrote windlass's rules wrote this corpus, so it says where each tool errs, and not how much of the
world's secrets it finds.
"""

import argparse
import base64
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.scan.seeds import made, word

from windlass.scan import SHAPES, find

PEER = """
import json, sys
from detect_secrets import SecretsCollection
from detect_secrets.settings import default_settings
with default_settings():
    for line in sys.stdin:
        found = SecretsCollection()
        found.scan_file(line.rstrip())
        kinds = {one.type for _, one in found}
        rest = kinds - {'Base64 High Entropy String', 'Hex High Entropy String'}
        print(json.dumps([bool(kinds), bool(rest)]), flush=True)
"""
WAYS: dict[str, tuple[str, Callable[[str], str]]] = {
    "quoted": ("app.py", lambda secret: f"KEY = {secret!r}\n"),
    "environment": (".env", lambda secret: f"SERVICE_TOKEN={secret}\n"),
    "yaml": ("values.yaml", lambda secret: f"service:\n  token: {secret}\n"),
    "json": ("config.json", lambda secret: json.dumps({"name": "shop", "token": secret})),
    "header": ("call.sh", lambda secret: f'curl -H "Authorization: Bearer {secret}" https://api.shop\n'),
    "base64": ("secret.yaml", lambda secret: f"data:\n  t: {base64.b64encode(secret.encode()).decode()}\n"),
    "hex": ("blob.txt", lambda secret: f"{secret.encode().hex()}\n"),
}
NAMES = ("password", "db_password", "api_key", "client_secret", "auth_token", "SECRET_KEY")
PLACEHOLDERS = (
    "your-api-key-here", "changeme123456", "<insert token here 1>", "${SERVICE_TOKEN_1}", "xxxxxxxxxxxxxxxx1",
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "example-password-1",
    "test-token-123456", "{{ vault.token_1 }}", "/run/secrets/token1", "https://login.shop/oauth2/token",
    "correct-horse-battery",
)  # fmt: skip


def secrets(draw: random.Random, each: int) -> Iterator[tuple[str, str, str]]:
    """Kind, file name and content of files that hold one."""
    for shape in SHAPES:
        for number in range(each):
            secret = made(shape.rule, draw.randrange(1 << 40))
            way = list(WAYS)[number % len(WAYS)]
            name, write = WAYS[way]
            if shape.rule == "private-key" and way not in ("base64", "hex", "json", "quoted"):
                name, write = "id_ec", str
            yield shape.rule, name, write(secret)
    for number in range(8 * each):
        name = NAMES[number % len(NAMES)]
        value = word(draw, draw.randint(14, 40)) if number % 2 else uuid.UUID(int=draw.getrandbits(128)).hex
        file, line = [("app.py", f"{name} = '{value}'"), (".env", f"{name.upper()}={value}"),
                      ("config.json", json.dumps({name: value})), ("values.yaml", f"{name}: {value}"),
                      ("app.ts", f'const cfg = {{ {name}: "{value}" }};'),
                      ("app.py", f"DSN = 'postgres://shop:{value}@db/shop'")][number % 6]  # fmt: skip
        yield "assigned", file, line + "\n"


def innocent(draw: random.Random, each: int) -> Iterator[tuple[str, str, str]]:
    """The same of files that hold none."""
    for _ in range(each):
        drawn = draw.randbytes(64)
        digest, coded = hashlib.sha256(drawn).hexdigest(), base64.b64encode(drawn).decode()
        number = uuid.UUID(int=draw.getrandbits(128))
        public = "\n".join(coded[at : at + 64] for at in range(0, len(coded), 64))
        near = "ghp_" + word(draw, 36)
        yield "digest", "test_app.py", f"EXPECTED = '{digest}'\n"
        yield "commit", "ci.yml", f"    uses: actions/checkout@{digest[:40]}\n"
        yield "lock file", "package-lock.json", json.dumps({"integrity": f"sha512-{coded}"}, indent=1)
        yield "requirements", "requirements.txt", f"click==8.1.7 \\\n    --hash=sha256:{digest}\n"
        yield "identifier", "app.py", f"CLIENT_ID = '{number}'\n"
        yield "token identifier", "app.py", f"token_id = '{number}'\n"
        yield "public key", "id.pub", f"-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----\n"
        yield "ssh public key", "authorized_keys", f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{coded[:43]} ann\n"
        yield "wrong checksum", "test_scan.py", f"FAKE = '{near}'\n"
        yield "data address", "a.css", f"a {{ background: url(data:image/png;base64,iVBORw0KGgo{coded}) }}\n"
        yield (
            "code",
            "app.py",
            "def get_token(self, password: str) -> str:\n    return self._token_store[key]\n",
        )
        yield "placeholder", "app.py", f"api_key = '{draw.choice(PLACEHOLDERS)}'\n"
        yield "words", "README.md", "Set `password` to a secret of your own; tokens expire after 30 days.\n"


class Peer:
    """detect-secrets in an interpreter of its own."""

    def __init__(self, python: str) -> None:
        self._child = subprocess.Popen(
            [python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, path: Path) -> list[bool]:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(f"{path}\n")
        self._child.stdin.flush()
        told: list[bool] = json.loads(self._child.stdout.readline())
        return told

    def close(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait(30)


Told = dict[str, Counter[str]]


def ask(files: list[tuple[str, str, str]], peer: Peer | None) -> tuple[Told, dict[str, float]]:
    """Of each kind how many files were told by each tool, and the seconds each tool took."""
    told: dict[str, Counter[str]] = {}
    spent: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number, (kind, name, content) in enumerate(files):
            path = Path(folder) / str(number) / name
            path.parent.mkdir()
            path.write_text(content)
            row = told.setdefault(kind, Counter())
            row["files"] += 1
            began = time.perf_counter()
            found = find(path.read_bytes(), name)
            spent["windlass"] += time.perf_counter() - began
            row["certain"] += any(one.certain for one in found)
            row["all"] += bool(found)
            if peer:
                began = time.perf_counter()
                whole, quiet = peer(path)
                spent["detect-secrets"] += time.perf_counter() - began
                row["peer"] += whole
                row["quiet"] += quiet
    return told, dict(spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peer", metavar="PYTHON")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=70, help="files of a kind")
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args()
    draw, each = random.Random(given.seed), 7 if given.short else given.each
    peer = Peer(given.peer) if given.peer else None
    columns = ["certain", "all", *(["peer", "quiet"] if peer else [])]
    heads = {"certain": "certain", "all": "all", "peer": "detect-secrets", "quiet": "without entropy"}
    totals = {}
    for what, files in (("secret", list(secrets(draw, each))), ("innocent", list(innocent(draw, each)))):
        told, spent = ask(files, peer)
        print(f"\n| {what} | files | " + " | ".join(heads[one] for one in columns) + " |")
        print("|" + "---|" * (len(columns) + 2))
        whole = sum(told.values(), Counter[str]())
        for kind, row in (*told.items(), ("all", whole)):
            print(f"| {kind} | {row['files']} | " + " | ".join(str(row[one]) for one in columns) + " |")
        totals[what] = whole
        print(", ".join(f"{tool} {seconds:.2f} s" for tool, seconds in spent.items()))
    print("\n| | " + " | ".join(heads[one] for one in columns) + " |\n|" + "---|" * (len(columns) + 1))
    good, bad = totals["secret"], totals["innocent"]
    print("| recall | " + " | ".join(f"{good[one] / good['files']:.1%}" for one in columns) + " |")
    shares = [good[one] / max(1, good[one] + bad[one]) for one in columns]
    print("| precision | " + " | ".join(f"{share:.1%}" for share in shares) + " |")
    if peer:
        peer.close()


if __name__ == "__main__":
    main()
