"""Paths whose text other projects own: nothing found there is this repository's work.

Measured: leaving these out does more for precision than parsing comments does.
"""

import re
from typing import Final

FOLDERS: Final = (
    "node_modules", "bower_components", "jspm_packages", "vendor", "vendored", "_vendor", "_vendored",
    "third_party",
    "third-party", "thirdparty", "3rdparty", "3rd_party", "external_libs", "extern", "dist", "site-packages",
    "_build",
    ".yarn", ".venv", "venv", "virtualenv", ".tox", ".nox", "__pycache__", "__snapshots__", "Godeps", "Pods",
    "Carthage",
    "expat", "zlib", "libffi", "_libmpdec", "libmpdec", "mimalloc", "jquery",
    "ckeditor", "tinymce", "codemirror", "fontawesome", "font-awesome", "wwwroot/lib", "static/vendor", "gyp",
    "googletest",
    "gtest", "gmock", ".terraform",
)  # fmt: skip
"""Names of folders, or a few of them in a row, at any depth."""

_FILES: Final = (
    r"[.-]min\.(?:js|mjs|css)", r"\.(?:js|css)\.map", r"\.bundle\.js", r"\.pb\.(?:go|cc|h)",
    r"_pb2(?:_grpc)?\.pyi?",
    r"_pb\.(?:js|ts)", r"\.g\.dart", r"\.generated\.\w+", r"(?:^|/)jquery[-.\w]*\.js",
    r"(?:^|/)d3(?:\.v\d+)?\.js",
    r"(?:^|/)sqlite3\.[ch]", r"(?:^|/)(?:package-lock|npm-shrinkwrap)\.json", r"(?:^|/)yarn\.lock",
    r"(?:^|/)pnpm-lock\.yaml",
    r"(?:^|/)(?:poetry|uv|Cargo|Gemfile|composer|flake)\.lock", r"(?:^|/)go\.sum", r"(?:^|/)ltmain\.sh",
    r"(?:^|/)config\.(?:guess|sub)",
    r"(?:^|/)(?:libtool|aclocal)\.m4", r"(?:^|/)configure", r"(?:^|/)gradlew(?:\.bat)?",
    r"(?:^|/)mvnw(?:\.cmd)?", r"\.svg", r"\.ipynb",
    r"(?:^|/)versioneer\.py", r"(?:^|/)\.pnp\.c?js",
)  # fmt: skip
"""Ends of paths: minified, generated, locked, copied by convention."""

_PATTERN = re.compile(
    rf"(?:^|/)(?:{'|'.join(re.escape(f) for f in FOLDERS)})/|(?:{'|'.join(_FILES)})$",
)


def is_vendored(path: str) -> bool:
    return _PATTERN.search(path) is not None
