# Functions that the scripts share; sourced by them, not run.
# Leaves the caller in the top folder of the checkout.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# sshd and ip are in folders that a user's PATH often lacks.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# shellcheck source=scripts/embedded.bash
. scripts/embedded.bash

# The packages that a build of socketpipe and socketpipe-remote needs beside Swift.
build_packages=(git libbearssl-dev libsodium-dev liburing-dev linux-libc-dev musl-tools)

# The programs that the builds below make.
embedded_remote=$(remote_program "$(uname -m)")
static_socketpipe=$PWD/.build/static/release/socketpipe
bench=$PWD/.build/static/release/socketpipe-bench
soak=$PWD/.build/static/release/socketpipe-soak
export static_socketpipe embedded_remote bench soak

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

fail() {
    say "$@"
    exit 1
}

# Runs a command as root: as ourselves, or by sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Prints the named Debian packages that are not installed.
missing_packages() {
    local name
    for name in "$@"; do
        [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] \
            || printf '%s\n' "$name"
    done
}

# Installs the named Debian packages that are missing; does nothing if none is.
ensure_packages() {
    command -v dpkg-query >/dev/null \
        || fail "not Debian or Ubuntu: install the contents of these packages, then read this script: $*"
    local missing service words
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        fail "neither root nor sudo here; as root: apt-get install ${missing[*]}"
    fi
    say "installing ${missing[*]}"
    as_root apt-get -qq update </dev/null >&2 || say "warning: apt-get update failed"
    # Show its messages only if a package failed.
    words=$(as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y --no-install-recommends install "${missing[@]}" </dev/null 2>&1) \
        || fail "could not install ${missing[*]}: $words"
    # We need the programs; a host without such a service should not get one.
    [ -d /run/systemd/system ] || return 0
    for service in openssh-server:ssh openbsd-inetd:inetd; do
        case " ${missing[*]} " in
            *" ${service%:*} "*)
                say "switching off the ${service#*:} service that ${service%:*} brought"
                as_root systemctl --quiet disable --now "${service#*:}" >&2 || true
                ;;
        esac
    done
}

require_swift() {
    local words
    command -v swiftc >/dev/null || fail "no swiftc in PATH: install a Swift toolchain, 6.2 or later"
    words=$(swiftc --version 2>&1) || fail "swiftc does not run: $words;" \
        "hint: install the packages that swift.org names for this system"
}

# Installs the packages that a build needs.
prepare_build() {
    # shellcheck disable=SC2119
    prepare_build_and
}

# Installs the packages that a build needs, and the named ones, all at once: a user without rights must
# ask an administrator.
# shellcheck disable=SC2120
prepare_build_and() {
    local needed=("${build_packages[@]}")
    require_swift
    # A static link needs the C++ library, in the version that the toolchain's own clang searches.
    [ -e "$(clang -print-file-name=libstdc++.a)" ] || needed+=(g++)
    ensure_packages "${needed[@]}" "$@"
}

# Builds the fully static, stripped socketpipe.
build_static() {
    build_static_product socketpipe
}

# Builds the benchmark suite as one static program: its tools run inside the measurement, and start at once.
build_bench() {
    build_static_product socketpipe-bench
}

build_soak() {
    build_static_product socketpipe-soak
}

# Builds what the fuzzers run, where the toolchain has what they need.
build_fuzzers() {
    SOCKETPIPE_FUZZ=1 swift build -c release --sanitize=fuzzer --scratch-path .build/fuzz \
        --product socketpipe-fuzz </dev/null >&2
}

build_static_product() {
    mkdir -p .build/static
    # What the compiler notes of its input differs between two builds, and nothing reads it.
    echo 'SECTIONS { /DISCARD/ : { *(.swift_modhash) } } INSERT AFTER .text;' >.build/static/leave-out.ld
    swift build -c release --static-swift-stdlib --scratch-path .build/static --product "$1" \
        -Xswiftc -static-executable -Xswiftc -use-ld=lld \
        -Xlinker --gc-sections -Xlinker --icf=all -Xlinker -s \
        -Xlinker -T -Xlinker "$PWD/.build/static/leave-out.ld" </dev/null >&2
    [ -x ".build/static/release/$1" ] || fail "the build left no .build/static/release/$1"
}

