#!/usr/bin/env python3
"""Write the Python models of the HTTP contract.

    .venv/bin/python scripts/generate_models.py            # write them
    .venv/bin/python scripts/generate_models.py --check    # exit 1 when they are stale

The options keep the four states of a member apart (required or not, null or not), take no "5" for 5, and make
the output depend on the contract and the generator alone.
"""

import argparse
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

from datamodel_code_generator.__main__ import Exit
from datamodel_code_generator.__main__ import main as generator

from windlass.contracts import OPENAPI, load_document

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "src" / "windlass" / "contracts" / "generated" / "models.py"
OPTIONS = (
    "--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel",
    "--target-python-version", "3.11", "--target-pydantic-version", "2.14",
    "--use-missing-sentinel",
    "--strict-types", "str", "bytes", "int", "float", "bool", "--strict-nullable",
    "--generate-schema-validators", "--formatters", "builtin", "--use-annotated", "--disable-timestamp",
    "--strict-refs", "--no-allow-remote-refs", "--use-schema-description", "--collapse-root-models",
    "--enum-field-as-literal", "all", "--keep-model-order",
)  # fmt: skip
HEAD = '''\
"""Models of the HTTP contract. Written by scripts/generate_models.py; change contracts/openapi.yaml."""

# generator: datamodel-code-generator {generator}
'''
DIGEST = '\nCONTRACT = "{digest}"\n"""The digest of the schemas that these models were made from."""\n'


def made() -> str:
    """The text of the models as the contract gives it now."""
    document = load_document(OPENAPI)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it cannot take a pattern on times; the validator does
        source, target = Path(folder) / OPENAPI, Path(folder) / "models.py"
        source.write_bytes(document.text)
        if generator(["--input", str(source), "--output", str(target), *OPTIONS]) is not Exit.OK:
            raise SystemExit("the generator failed")
        text = target.read_text(encoding="utf-8")
    _, _, code = text.partition("\n\n")  # its own header
    head = HEAD.format(generator=version("datamodel-code-generator"))
    return f"{head}\n{code.rstrip()}\n\n{DIGEST.format(digest=document.schema_digest)}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="generate_models.py", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when they are stale")
    asked = parser.parse_args(arguments)
    text = made()
    if MODELS.exists() and MODELS.read_text(encoding="utf-8") == text:
        return 0
    name = MODELS.relative_to(ROOT)
    if asked.check:
        print(f"{name} is stale; run: .venv/bin/python scripts/generate_models.py")
        return 1
    MODELS.write_text(text, encoding="utf-8")
    print(f"{name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
