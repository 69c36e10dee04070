"""The schema, one revision per file: `pre` (old code still runs on it) or `post` (old code is gone)."""
