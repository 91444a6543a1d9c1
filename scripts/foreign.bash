# Functions that take Debian packages of another machine without a trace in this host's apt and dpkg;
# sourced, not run.
# shellcheck shell=bash

# Prints Debian's name for a machine of `uname -m`.
debian_name() {
    case $1 in
        x86_64) echo amd64 ;;
        aarch64) echo arm64 ;;
        *) fail "no packages for '$1': name x86_64 or aarch64" ;;
    esac
}

# Makes this shell's apt that of another machine: it reads this host's sources, and keeps its own lists in
# .build.
use_apt_of() {
    local name folder
    name=$(debian_name "$1")
    folder=$PWD/.build/apt-$name
    command -v apt-get >/dev/null || fail "no apt-get here: this needs Debian's packages for $name"
    mkdir -p "$folder"/{state/lists,cache/archives}/partial
    true >"$folder/status"
    cat >"$folder/apt.conf" <<CONF
APT::Architecture "$name";
APT::Architectures { "$name"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State "$folder/state";
Dir::State::status "$folder/status";
Dir::Cache "$folder/cache";
CONF
    export APT_CONFIG=$folder/apt.conf
    apt-get -qq update </dev/null >&2 || say "warning: apt-get update failed for $name"
}

# Downloads packages into a folder and unpacks them there; apt's messages show only if it fails.
unpack_packages() {
    local folder=$1 words package
    shift
    words=$(cd "$folder" && apt-get -qq download "$@" </dev/null 2>&1) \
        || fail "could not download ${*}: $words"
    for package in "$folder"/*.deb; do
        dpkg-deb -x "$package" "$folder"
        rm "$package"
    done
}
