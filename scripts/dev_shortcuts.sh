# Short names for daily work: `source scripts/dev_shortcuts.sh` (bash, zsh or any POSIX shell).
# Inside windlass's own clone they run this repository's checks, anywhere else they call `windlass`.
# Functions rather than aliases, so that arguments pass; each prints the long form it stands for.

_wl_clone() { # print the root of windlass's own clone when we are inside it
    _wl_dir=$PWD
    while [ "$_wl_dir" != / ] && [ -n "$_wl_dir" ]; do
        if [ -f "$_wl_dir/scripts/bootstrap.py" ] && [ -f "$_wl_dir/src/windlass/__init__.py" ]; then
            printf '%s\n' "$_wl_dir"
            return 0
        fi
        _wl_dir=${_wl_dir%/*}
    done
    return 1
}

_wl_run() {
    echo "+ $*" >&2
    "$@"
}

_wl_program() { # the windlass to call: on PATH, else the one of the clone these functions came from
    if command -v windlass > /dev/null 2>&1; then
        echo windlass
    elif [ -n "${WINDLASS_CLONE:-}" ] && [ -x "$WINDLASS_CLONE/.venv/bin/windlass" ]; then
        echo "$WINDLASS_CLONE/.venv/bin/windlass"
    else
        echo "windlass is not installed here: run ./start.sh --setup-only in its clone, then put .venv/bin on PATH" >&2
        return 69
    fi
}

_wl_call() { # run one windlass command; one that does not exist yet is said to be so
    _wl_exe=$(_wl_program) || return $?
    if ! "$_wl_exe" "$1" --help > /dev/null 2>&1; then
        echo "windlass $1: windlass has no such command yet" >&2
        return 2
    fi
    _wl_run "$_wl_exe" "$@"
}

_wl_check() { # a check of this repository, or its counterpart for any other one: check.py NAME, then windlass words
    _wl_name=$1
    shift
    if _wl_root=$(_wl_clone); then
        while [ "${1:-}" != -- ] && [ $# -gt 0 ]; do shift; done
        [ $# -eq 0 ] || shift
        "$_wl_root/start.sh" --setup-only || return $?
        _wl_run "$_wl_root/.venv/bin/python" "$_wl_root/scripts/check.py" "$_wl_name" -- "$@"
    else
        _wl_words=
        while [ "${1:-}" != -- ] && [ $# -gt 0 ]; do _wl_words="$_wl_words $1" && shift; done
        [ $# -eq 0 ] || shift
        eval "_wl_call $_wl_words \"\$@\""
    fi
}

vf() { _wl_check fast verify --tier 0 -- "$@"; } # verify fast
vp() { _wl_check pr verify --tier 1 -- "$@"; }   # verify as before a push
fix() { _wl_check fix fix -- "$@"; }          # repair what tools can repair
t0() { _wl_check t0 verify --tier 0 -- "$@"; }
t1() { _wl_check t1 verify --tier 1 -- "$@"; }

tw() { # verify fast again whenever a file changes
    if _wl_root=$(_wl_clone); then
        _wl_run "$_wl_root/.venv/bin/python" "$_wl_root/scripts/check.py" fast --watch
    else
        _wl_call verify --watch "$@"
    fi
}

gen() { _wl_call contract generate "$@"; }   # generate types from the contracts
qd() { _wl_call metrics show "$@"; }         # quality dashboard
qr() { _wl_call ratchet show "$@"; }         # quality ratchet
qre() { _wl_call ratchet enforce "$@"; }

qc() { # quick commit: verify fast, then commit what is staged
    if [ $# -eq 0 ]; then
        echo "usage: qc \"message\" [further options of git commit]" >&2
        return 2
    fi
    _wl_message=$1
    shift
    vf && _wl_run git commit -m "$_wl_message" "$@"
}

pp() { # push, but only what passes
    vp && _wl_run git push "$@"
}

setup() { # set this repository up
    if _wl_root=$(_wl_clone); then
        _wl_run "$_wl_root/start.sh" --setup-only || return $?
        if [ -z "$(git -C "$_wl_root" config core.hooksPath)" ]; then
            _wl_run git -C "$_wl_root" config core.hooksPath scripts/hooks
        fi
    else
        _wl_call init "$@"
    fi
}

# Remember the clone these came from, so that they work in other repositories without a change to PATH.
if [ -n "${BASH_SOURCE:-}" ]; then
    WINDLASS_CLONE=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE}")/.." && pwd -P)
elif [ -n "${ZSH_VERSION:-}" ]; then
    WINDLASS_CLONE=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
else
    WINDLASS_CLONE=${WINDLASS_CLONE:-$(_wl_clone || true)}
fi
