#!/usr/bin/env python3
"""The founding name of the proof that the whole workflow works, kept as a thin file over `windlass`.

    scripts/validate_pipeline.py

The repository is REPO_ROOT, else the current directory. Options go to `windlass validate-pipeline`.
"""

import sys

from thin import become

if __name__ == "__main__":
    become(["validate-pipeline", *sys.argv[1:]])
