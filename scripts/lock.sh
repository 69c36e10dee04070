#!/bin/sh
# Refresh requirements.lock and requirements-bench.lock: hashes, no addresses, one file for Python 3.11-3.14 on Linux and macOS.
# `scripts/lock.sh --upgrade` takes newer versions; plain, it keeps what is locked as far as pyproject.toml allows.
set -eu
cd -- "$(dirname -- "$0")/.."
uv=$(command -v uv || echo .venv/bin/uv)
[ -x "$uv" ] || { echo "lock: no uv found; run ./start.sh --setup-only first" >&2; exit 69; }
inputs=$(python3 scripts/check.py lock-inputs)
compile() { # file, group, further arguments
    file=$1 group=$2
    shift 2
    [ ! -f "$file" ] || sed '/^#/d' "$file" > "$file.new"
    "$uv" pip compile -q pyproject.toml --group "$group" --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header --output-file "$file.new" "$@" > /dev/null
    { echo "# Made by scripts/lock.sh; do not edit. inputs: $inputs"; cat "$file.new"; } > "$file.tmp"
    mv "$file.tmp" "$file"
    rm -f "$file.new"
}
compile requirements.lock dev "$@"
compile requirements-bench.lock bench --constraint requirements.lock "$@"
