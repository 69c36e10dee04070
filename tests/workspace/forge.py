"""Makes what git would not: objects it calls broken, and packs of them."""

import os
import zlib
from hashlib import sha1


class Forge:
    """Makes objects git itself would refuse to make, and packs of them."""

    def __init__(self, base, base_tree):
        self.base, self.base_tree, self.objects = base, base_tree, []

    def put(self, kind, content):
        self.objects.append((kind, content))
        return sha1(b"%s %d\0%s" % (kind.encode(), len(content), content)).hexdigest()

    def blob(self, content=b"x"):
        return self.put("blob", content)

    def tree(self, *entries):
        lines = [
            b"%s %s\0%s" % (mode.encode(), os.fsencode(name), bytes.fromhex(oid))
            for mode, name, oid in entries
        ]
        return self.put("tree", b"".join(lines))

    def commit(self, tree, *parents):
        head = [f"tree {tree}", *(f"parent {p}" for p in parents or (self.base,))]
        who = "A <a@b> 1700000000 +0000"
        return self.put("commit", "\n".join([*head, f"author {who}", f"committer {who}", "", "m\n"]).encode())

    def pack(self, path):
        kinds = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}
        out = b"PACK" + (2).to_bytes(4, "big") + len(self.objects).to_bytes(4, "big")
        for kind, content in self.objects:
            size = len(content)
            byte, size = kinds[kind] << 4 | size & 15, size >> 4
            head = []
            while size:
                head.append(byte | 128)
                byte, size = size & 127, size >> 7
            out += bytes([*head, byte]) + zlib.compress(content)
        path.write_bytes(out + sha1(out).digest())
        return path
