"""How comments and strings look in about twenty families of languages: data, and one regex for each family.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_DQ = r'"(?:\\.|[^"\\\n])*"?'
_SQ = r"'(?:\\.|[^'\\\n])*'?"
_CHAR = r"'(?:\\[^'\n]{1,8}|[^'\\\n])'"
_TRIPLE = r'(?s:"""(?:\\.|[^\\])*?(?:"""|\Z))' + "|" + r"(?s:'''(?:\\.|[^\\])*?(?:'''|\Z))"
_TEXT_BLOCK = r'(?s:"""(?:\\.|[^\\])*?(?:"""|\Z))'
_BACKTICK = r"(?s:`(?:\\.|[^`\\])*(?:`|\Z))"
_RAW_TICK = r"(?s:`[^`]*(?:`|\Z))"
_RAW_RUST = r'(?s:\bb?r(?P<hashes>#*)".*?(?:"(?P=hashes)|\Z))'
_RAW_CPP = r'(?s:\b(?:u8|[uUL])?R"(?P<delim>[^\s()\\]{0,16})\(.*?(?:\)(?P=delim)"|\Z))'
_VERBATIM = r'(?s:\$?@\$?"(?:""|[^"])*(?:"|\Z))'
_SQL_SQ = r"'(?:''|[^'\n])*'?"
_LUA_LONG = r"(?s:\[(?P<eq>=*)\[.*?(?:\](?P=eq)\]|\Z))"

_SLASHES = r"//[^\n]*"
_HASH = r"(?<![\w$\\{&(=/?'\"])#[^\n]*"
_DASHES = r"--[^\n]*"


def _block(opening: str, closing: str) -> str:
    return rf"(?s:{opening}.*?(?:{closing}|\Z))"


_STARS = _block(r"/\*", r"\*/")
_ANGLES = _block("<!--", "-->")


@dataclass(frozen=True, slots=True)
class Language:
    """One family. `lead`: a line that starts so is a comment, whatever came before it (good to 99 %)."""

    name: str
    comments: tuple[str, ...]
    strings: tuple[str, ...] = (_DQ, _SQ)
    lead: str = ""
    inline: str = ""
    docstrings: bool = False

    def pattern(self) -> re.Pattern[str]:
        return _compiled(self)

    def leads(self) -> re.Pattern[str] | None:
        return _lead(self.lead)


@lru_cache(maxsize=64)
def _compiled(language: Language) -> re.Pattern[str]:
    """Strings and comments, whichever begins first; only comments carry the group `c`."""
    comments = "|".join(language.comments)
    strings = "|".join(language.strings)
    docs = rf"(?P<doc>^[ \t]*[rRuU]?(?:{_TRIPLE}))|" if language.docstrings else ""
    body = f"{docs}(?P<c>{comments})" + (f"|{strings}" if strings else "")
    return re.compile(body, re.M)


@lru_cache(maxsize=64)
def _lead(lead: str) -> re.Pattern[str] | None:
    return re.compile(rf"\s*(?:{lead})") if lead else None


_C_LEAD = r"//|/\*|\*(?=[ \t]|$)"
C = Language("c", (_SLASHES, _STARS), (_RAW_CPP, _DQ, _CHAR), _C_LEAD, "//")
JVM = Language("jvm", (_SLASHES, _STARS), (_TEXT_BLOCK, _DQ, _CHAR), _C_LEAD, "//")
CSHARP = Language("csharp", (_SLASHES, _STARS), (_TEXT_BLOCK, _VERBATIM, _DQ, _CHAR), _C_LEAD, "//")
GO = Language("go", (_SLASHES, _STARS), (_RAW_TICK, _DQ, _CHAR), _C_LEAD, "//")
RUST = Language("rust", (_SLASHES, _STARS), (_RAW_RUST, _DQ, _CHAR), _C_LEAD, "//")
SCRIPT = Language("script", (_SLASHES, _STARS), (_BACKTICK, _DQ, _SQ), _C_LEAD, "//")
MARKED_SCRIPT = Language(
    "marked script", (_ANGLES, r"(?<![:\w\"'])//[^\n]*", _STARS), (_BACKTICK, _DQ), r"<!--|" + _C_LEAD
)
PHP = Language("php", (_SLASHES, r"#(?!\[)[^\n]*", _STARS, _ANGLES), (_DQ, _SQ), r"#(?!\[)|" + _C_LEAD, "//")
CSS = Language("css", (_STARS,), (_DQ, _SQ), r"/\*|\*(?=[ \t]|$)")
SCSS = Language("scss", (_STARS, r"(?<!:)//[^\n]*"), (_DQ, _SQ), _C_LEAD)
PYTHON = Language("python", (r"#[^\n]*",), (_TRIPLE, _DQ, _SQ), "#", "#", docstrings=True)
SHELL = Language("shell", (_HASH,), (_DQ, _SQ), "#", " #")
RUBY = Language("ruby", (_block("^=begin\\b", "^=end\\b"), _HASH), (_DQ, _SQ), "#", " #")
PERL = Language("perl", (_block(r"^=(?:pod|head\d|item|over|begin)\b", r"^=cut\b"), _HASH), (_DQ, _SQ), "#")
ELIXIR = Language("elixir", (r"#[^\n]*",), (_TEXT_BLOCK, _DQ, _SQ), "#")
JULIA = Language("julia", (_block("#=", "=#"), r"#[^\n]*"), (_TEXT_BLOCK, _DQ, _CHAR), "#")
R = Language("r", (r"#[^\n]*",), (_DQ, _SQ), "#")
POWERSHELL = Language("powershell", (_block("<#", "#>"), _HASH), (_DQ, _SQ), "#")
CONFIG = Language("config", (r"(?:(?<=\s)|^)#[^\n]*",), (_TRIPLE, _DQ, _SQ), "#", " #")
YAML = Language("yaml", (r"(?:(?<=\s)|^)#[^\n]*",), (_DQ, _SQ), "#", " #")
HASH_AND_C = Language("hash and c", (_HASH, _SLASHES, _STARS), (_DQ,), "#|" + _C_LEAD)
INI = Language("ini", (r"^[ \t]*[#;][^\n]*", r"(?<=\s)[#;][^\n]*"), (), "[#;]")
MAKE = Language("make", (r"(?<![\\$])#[^\n]*",), (), "#")
CMAKE = Language("cmake", (_block(r"#(?P<ceq>=*)\[\[?", r"\]\]"), r"#[^\n]*"), (_DQ,), "#")
MARKUP = Language("markup", (_ANGLES,), (), "<!--")
SQL = Language("sql", (_DASHES, _STARS), (_SQL_SQ, _DQ), r"--|/\*|\*(?=[ \t]|$)", "--")
ADA = Language("ada", (_DASHES,), (_DQ, _CHAR), "--", "--")
LUA = Language("lua", (r"--" + _LUA_LONG.replace("eq", "ceq"), _DASHES), (_LUA_LONG, _DQ, _SQ), "--", "--")
HASKELL = Language(
    "haskell", (_block(r"\{-", r"-\}"), r"--+(?![!#$%&*+./<=>?@\\^|~:])[^\n]*"), (_DQ, _CHAR), r"--|\{-"
)
ML = Language("ml", (_block(r"\(\*", r"\*\)"), _SLASHES), (_TEXT_BLOCK, _DQ, _CHAR), r"\(\*(?!\))")
PASCAL = Language(
    "pascal", (_block(r"\(\*", r"\*\)"), _block(r"\{", r"\}"), _SLASHES), (_SQL_SQ,), r"\(\*|\{|//"
)
LISP = Language("lisp", (_block(r"#\|", r"\|#"), r"(?<!\\);[^\n]*"), (r'(?s:"(?:\\.|[^"\\])*(?:"|\Z))',), ";")
ERLANG = Language("erlang", (r"(?<![$\\])%[^\n]*",), (_DQ, _SQ), "%")
TEX = Language("tex", (r"(?<!\\)%[^\n]*",), (), "%")
MATLAB = Language(
    "matlab", (_block(r"^\s*%\{", r"^\s*%\}"), r"%[^\n]*"), (_DQ, r"(?<![\w\])}.'])'[^'\n]*'"), "%"
)
VIM = Language("vim", (r'^[ \t]*"[^\n]*',), (), '"')
BATCH = Language("batch", (r"(?i:^[ \t]*@?(?:rem\b|::)[^\n]*)",), (), r"(?i:@?(?:rem\b|::))")
BASIC = Language("basic", (r"'[^\n]*", r"(?i:^[ \t]*rem\b[^\n]*)"), (r'"(?:""|[^"\n])*"?',), "'")
FORTRAN = Language("fortran", (r"![^\n]*", r"^[cC*](?![\w=(])[^\n]*"), (_DQ, _SQL_SQ), "!")
ASSEMBLER = Language("assembler", (_STARS, _SLASHES, r"(?<!\S)[@;][^\n]*", r"^\s*#\s[^\n]*"), (_DQ,), _C_LEAD)

_BY_SUFFIX: dict[Language, str] = {
    C: """c h cc cpp cxx c++ hh hpp hxx h++ inl ino m mm cu cuh cl proto thrift idl dts dtsi v sv svh vh y l
        ll yy glsl vert frag hlsl metal bpf d jsonc json5 sol zig swift dart vala""",
    JVM: "java kt kts scala sc groovy gradle",
    CSHARP: "cs csx",
    GO: "go",
    RUST: "rs",
    SCRIPT: "js mjs cjs jsx ts mts cts tsx es6 as",
    MARKED_SCRIPT: "vue svelte html htm xhtml astro jsp ejs hbs",
    PHP: "php phtml php3 php4 php5 inc",
    CSS: "css",
    SCSS: "scss sass less styl",
    PYTHON: "py pyi pyw pyx pxd pxi bzl sage",
    SHELL: "sh bash zsh ksh fish bats csh tcsh awk sed tcl exp ebuild eclass",
    RUBY: "rb rake gemspec ru cr",
    PERL: "pl pm t pod",
    ELIXIR: "ex exs",
    JULIA: "jl",
    R: "r",
    POWERSHELL: "ps1 psm1 psd1",
    CONFIG: "toml gitignore dockerignore conf",
    YAML: "yml yaml j2 graphql gql",
    HASH_AND_C: "tf tfvars hcl nix jsonnet libsonnet rego",
    INI: "ini cfg properties editorconfig desktop service reg",
    MAKE: "mk mak make am",
    CMAKE: "cmake",
    MARKUP: "xml xsd xsl xslt md markdown mdx xaml csproj vbproj props targets plist ui qrc rss wsdl",
    SQL: "sql psql pgsql ddl mysql plsql pls pks pkb",
    ADA: "ada adb ads vhd vhdl",
    LUA: "lua",
    HASKELL: "hs lhs elm purs idr agda",
    ML: "ml mli mll mly fs fsi fsx sml",
    PASCAL: "pas pp dpr lpr",
    LISP: "lisp lsp el scm ss rkt clj cljs cljc edn fnl asd",
    ERLANG: "erl hrl escript",
    TEX: "tex sty cls bib ltx",
    MATLAB: "matlab oct",
    VIM: "vim vimrc",
    BATCH: "bat cmd",
    BASIC: "vb vbs bas frm",
    FORTRAN: "f90 f95 f03 f08 f for ftn",
    ASSEMBLER: "s asm",
}

_BY_NAMES: dict[Language, str] = {
    MAKE: "makefile gnumakefile kbuild",
    SHELL: """kconfig dockerfile containerfile meson.build meson_options.txt justfile requirements.txt
        constraints.txt .bashrc .zshrc .profile .gitattributes codeowners pkgbuild apkbuild configure.ac
        .env procfile""",
    JVM: "jenkinsfile",
    RUBY: "vagrantfile rakefile gemfile podfile brewfile",
    CMAKE: "cmakelists.txt",
    PYTHON: "build workspace build.bazel sconstruct sconscript wscript",
    VIM: ".vimrc",
    GO: "go.mod",
    INI: "setup.cfg tox.ini",
}

_SUFFIXES: dict[str, Language] = {
    suffix: language for language, suffixes in _BY_SUFFIX.items() for suffix in suffixes.split()
}
_BY_NAME: dict[str, Language] = {
    name: language for language, names in _BY_NAMES.items() for name in names.split()
}

_SHEBANGS = (
    ("python", PYTHON), ("node", SCRIPT), ("ruby", RUBY), ("perl", PERL), ("php", PHP), ("lua", LUA),
    ("bash", SHELL), ("zsh", SHELL), ("sh", SHELL), ("awk", SHELL), ("make", MAKE),
)  # fmt: skip


def language_of(path: str) -> Language | None:
    """The family a path's name tells, or None: no suffix we know."""
    name = path.rpartition("/")[2].lower()
    if known := _BY_NAME.get(name):
        return known
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        return None
    if suffix == "in" and stem:  # configure.in, version.h.in: what they become
        return language_of(stem)
    return _SUFFIXES.get(suffix) or _BY_NAME.get(stem)


def language_of_text(text: str) -> Language | None:
    """The family the first line of a script tells."""
    if not text.startswith("#!"):
        return None
    first = text.split("\n", 1)[0]
    return next((language for word, language in _SHEBANGS if word in first), None)
