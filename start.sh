#!/bin/sh
# Set windlass up and start it: finds a Python, the rest is scripts/bootstrap.py. `./start.sh --help` lists the options.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
for python in "${WINDLASS_PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
    # Version managers leave shims behind that exist but do not run, so each candidate has to prove itself.
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        exec "$python" -B "$here/scripts/bootstrap.py" "$@"
    fi
done
echo "start: no Python 3.11 or newer found" >&2
echo "  try: apt-get install -y python3   (Debian 12 or newer, Ubuntu 24.04; on macOS: brew install python@3.13)" >&2
echo "       or name one: WINDLASS_PYTHON=/path/to/python3.12 ./start.sh" >&2
exit 69
