# Functions that build socketpipe-remote as Embedded Swift with musl, fully static, for this machine or
# for another; sourced by lib.bash, not run.
# shellcheck shell=bash

# shellcheck source=scripts/foreign.bash
. scripts/foreign.bash

# The packages of the other machine that a build for it needs; libgcc's is added.
foreign_libraries=(libbearssl-dev libsodium-dev liburing-dev linux-libc-dev musl-dev)

# Prints where the build for a machine puts the program.
remote_program() {
    embedded_program "$1" socketpipe-remote
}

embedded_program() {
    printf '%s\n' "$PWD/.build/embedded-$1/release/$2"
}

# Builds socketpipe-remote for this machine.
build_remote() {
    build_remote_for "$(uname -m)"
}

build_remote_for() {
    build_embedded "$1" socketpipe-remote
}

build_embedded() {
    local machine=$1 product=$2 scratch=.build/embedded-$1 system='' options=()
    mkdir -p "$scratch"
    if [ "$machine" != "$(uname -m)" ]; then
        system=$PWD/.build/system-$machine
        (fill_system "$machine" "$system")
        options=(--triple "$machine-none-none-elf")
    fi
    embedded_toolset "$machine" "$system" >"$scratch.json"
    # SwiftPM does not notice a toolset that changed under the same name.
    if ! cmp -s "$scratch.json" "$scratch/toolset.json"; then
        rm -rf "$scratch"
        mkdir -p "$scratch"
        mv "$scratch.json" "$scratch/toolset.json"
    fi
    rm -f "$scratch.json"
    embedded_headers "$machine" "$system" "$scratch/headers"
    embedded_leavings >"$scratch/leave-out.ld"
    swift build -c release "${options[@]}" --toolset "$scratch/toolset.json" \
        --scratch-path "$scratch" --product "$product" </dev/null >&2
    [ -x "$scratch/release/$product" ] || fail "the build left no $scratch/release/$product"
}

# Fills a folder, once, with another machine's libraries and headers.
fill_system() {
    local machine=$1 system=$2 compiler wanted=${foreign_libraries[*]}
    [ "$(cat "$system/wanted" 2>/dev/null)" != "$wanted" ] || return 0
    use_apt_of "$machine"
    compiler=$(apt-cache depends gcc | sed -nE 's/^ *Depends: gcc-([0-9]+)$/\1/p') || true
    [ -n "$compiler" ] || fail "apt finds no packages for $machine in this host's sources"
    rm -rf "$system.new"
    mkdir -p "$system.new"
    unpack_packages "$system.new" "${foreign_libraries[@]}" "libgcc-$compiler-dev"
    printf '%s\n' "$wanted" >"$system.new/wanted"
    rm -rf "$system"
    mv "$system.new" "$system"
}

# A folder of links: musl's own lacks the kernel's headers, and glibc's must stay out of sight.
embedded_headers() {
    local name
    mkdir -p "$3"
    for name in linux asm-generic bearssl liburing liburing.h sodium sodium.h; do
        ln -sfn "$2/usr/include/$name" "$3/$name"
    done
    ln -sfn "$2/usr/include/$1-linux-gnu/asm" "$3/asm"
}

# Prints the sections that the linker drops from socketpipe-remote: nothing unwinds its stack, and
# nothing reads its modules' metadata.
embedded_leavings() {
    cat <<'LD'
SECTIONS { /DISCARD/ : { *(.eh_frame) *(.comment) *(.swift_modhash) } } INSERT AFTER .text;
LD
}

# Prints the folder of the toolchain's own libraries for a machine, or fails.
embedded_library() {
    local toolchain name
    toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swiftc)")")")
    for name in "$1-unknown-linux-gnu" "$1-none-none-elf"; do
        if [ -e "$toolchain/lib/swift/embedded/$name/libswiftUnicodeDataTables.a" ]; then
            printf '%s\n' "$toolchain/lib/swift/embedded/$name"
            return
        fi
    done
    fail "this toolchain has no Embedded Swift for $1: no libswiftUnicodeDataTables.a in" \
        "$toolchain/lib/swift/embedded"
}

# Prints the toolset for SwiftPM; it contains absolute paths, so it cannot be in the repository. The
# second word is the folder in which another machine's libraries are.
embedded_toolset() {
    local machine=$1 usr=$2/usr own headers=$PWD/.build/embedded-$1/headers cipher table unused='' libgcc
    # sodium_init picks the fastest form of ciphers that we never use, which would add 170 KB of
    # them: let it call a function of libsodium that only returns 0 instead.
    for cipher in generichash_blake2b pwhash_argon2 scalarmult_curve25519 stream_salsa20; do
        unused+="\"--defsym=_crypto_${cipher}_pick_best_implementation=sodium_library_minimal\", "
    done
    # Nor do we need Unicode's tables, 50 KB: what we compare and count is ASCII, and without them a
    # string is equal to another that has the same scalars.
    for table in getNormData getComposition getDecompositionEntry getGraphemeBreakProperty \
        isExtendedPictographic isInCB_Consonant; do
        unused+="\"--defsym=_swift_stdlib_$table=sodium_library_minimal\", "
    done
    own=$(embedded_library "$machine")
    # musl prints a number of 128 bits with its help, where the processor has none.
    libgcc=$(printf '%s\n' "$usr/lib/gcc/$machine-linux-gnu"/*/libgcc.a | sort -V | tail -n 1)
    cat <<JSON
{
  "schemaVersion": "1.0",
  "swiftCompiler": { "extraCLIOptions": [
    "-enable-experimental-feature", "Embedded", "-wmo", "-Osize", "-use-ld=lld",
    "-parse-as-library", "-no-warnings-as-errors",
    "-Xfrontend", "-function-sections", "-Xfrontend", "-function-sections",
    "-Xcc", "-nostdlibinc", "-Xcc", "-D__linux__=1",
    "-Xcc", "-isystem", "-Xcc", "$usr/include/$machine-linux-musl",
    "-Xcc", "-isystem", "-Xcc", "$headers",
    "-Xclang-linker", "-nostdlib", "-Xclang-linker", "-static"
  ] },
  "cCompiler": { "extraCLIOptions": [
    "-nostdlibinc", "-isystem", "$usr/include/$machine-linux-musl", "-isystem", "$headers",
    "-DEMBEDDED_MUSL", "-D__linux__=1", "-Os", "-ffunction-sections", "-fdata-sections"
  ] },
  "linker": { "extraCLIOptions": [
    "-s", "--gc-sections", "--icf=all", "--no-eh-frame-hdr",
    "-T", "$PWD/.build/embedded-$machine/leave-out.ld", "-L$usr/lib/$machine-linux-gnu", $unused
    "$usr/lib/$machine-linux-musl/crt1.o", "$usr/lib/$machine-linux-musl/crti.o",
    "$own/libswiftUnicodeDataTables.a",
    "$usr/lib/$machine-linux-gnu/libsodium.a", "$usr/lib/$machine-linux-gnu/libbearssl.a",
    "$usr/lib/$machine-linux-gnu/liburing.a",
    "$usr/lib/$machine-linux-musl/libc.a", "$libgcc", "$usr/lib/$machine-linux-musl/crtn.o"
  ] }
}
JSON
}
