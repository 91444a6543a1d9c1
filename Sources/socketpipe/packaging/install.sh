#!/bin/sh
# Installs socketpipe from this folder:
#
#   ./install.sh [PREFIX]     PREFIX is /usr/local unless given; DESTDIR is honored
set -eu

case $#:${1:-} in
    0: | 1:[!-]*) ;;
    *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
prefix=${1:-/usr/local}
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
target=${DESTDIR:-}$prefix
umask 022
cd "$(dirname "$0")"
find bin libexec share ! -type d | sort | while read -r file; do
    mkdir -p "$target/${file%/*}"
    # Not over the old one: it may be running.
    rm -f "$target/$file"
    cp -P "$file" "$target/$file"
    printf '%s\n' "$target/$file"
done
