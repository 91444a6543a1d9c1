# Functions for the virtual machines of scripts/lab; sourced by tape-vm, long-vm, arm64-vm and
# arm64-here, not run.
# shellcheck shell=bash

# shellcheck source=scripts/lib.bash
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

# The machine as `uname -m` names it, x86_64 unless a script says otherwise, and the BusyBox it runs.
machine=${machine:-x86_64}
busybox=/bin/busybox

# Installs what a machine takes of this host, and makes the folder $work, which goes at the end,
# however that comes.
prepare_machine() {
    local programs=(qemu-system-x86 busybox-static)
    [ "$machine" = x86_64 ] || programs=(qemu-system-arm)
    ensure_packages "${programs[@]}" kmod cpio
    child=
    work=
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    work=$(mktemp -d)
}

clean_up() {
    # A second signal would end us before all is gone; `timeout` sends two.
    trap '' HUP INT TERM
    if [ -n "$child" ]; then
        kill "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    rm -rf "$work"
}

# Runs a command for at most so many seconds, in the background: bash would heed a signal only after
# a command in the foreground.
bounded() {
    local status=0
    timeout --kill-after=5 "$@" </dev/null &
    child=$!
    wait "$child" || status=$?
    child=
    return "$status"
}

# Unpacks packages into $work/packages and installs none of them. The names must be exact, for a
# pattern would match every kernel there is; linux-image-amd64 or -arm64 stands for the one it depends on.
get_packages() {
    local package
    mkdir "$work/packages"
    cd "$work"
    download "$@" || download_anew "$@"
    for package in *.deb; do bounded 120 dpkg-deb -x "$package" packages; done
    cd "$OLDPWD"
}

download() {
    local kernel names newest
    newest=linux-image-$(debian_name "$machine")
    kernel=$(apt-cache depends "$newest" | awk '$1 == "Depends:" { print $2 }') || true
    [ -n "$kernel" ] || fail "apt knows no $newest: this needs Debian's packages, and apt-get update"
    names=("${@/#$newest/$kernel}")
    say "downloading ${names[*]}"
    bounded 120 apt-get -qq -o APT::Sandbox::User=root download "${names[@]}" >&2
}

# apt's own lists may be older than the archive.
download_anew() {
    say "apt-get download failed; trying again with new lists"
    as_root apt-get -qq update </dev/null >&2
    download "$@"
}

# Makes the machine's files of $work/image, a first process, and modules with what they need. Beside
# the first process lies what the guests have in common.
make_image() {
    local image=$work/image
    mkdir -p "$image"/{bin,modules,dev}
    cp "$busybox" "$image/bin/"
    install "$1" "$image/init"
    cp scripts/vm-guest.sh scripts/verdicts.sh "$image/"
    add_modules "${@:2}"
    (cd "$image" && find . | cpio --quiet --create --format=newc) >"$work/initrd"
}

# The machine loads the modules in the order of their names.
add_modules() {
    local release module number=100
    release=$(ls "$work/packages/lib/modules")
    depmod -b "$work/packages" "$release"
    modprobe -d "$work/packages" -S "$release" --all --show-depends "$@" \
        | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$work/modules"
    while read -r module; do
        cp "$module" "$work/image/modules/$((number++))-${module##*/}"
    done <"$work/modules"
}

# Runs the machine for at most so many seconds, with options of qemu; prints what it says, also into
# $work/said, and returns the status that it ends with. Its records, lines of JSON, go to $work/records.
run_machine() {
    local line status=
    say "booting"
    exec 3< <(boot "$@" -serial stdio)
    child=$!
    while IFS= read -r line <&3; do
        case $line in
            "ended with status "*) status=${line##* } ;;
            "record: "*) printf '%s\n' "${line#record: }" >>"$work/records" ;;
            *) printf '%s\n' "$line" | tee -a "$work/said" ;;
        esac
    done
    wait "$child" || true
    child=
    [ -n "$status" ] && return "$status"
    tail -n 30 "$work/console" >&2
    fail "the machine did not reach its end; its last output is above"
}

# Becomes the machine, for at most so many seconds, with options of qemu. Its first serial line is its
# console; an x86-64 one prints what it says on its second.
boot() {
    local words console=ttyS0
    # Without two instructions that qemu emulates slowly: the kernel would copy byte by byte, a third as
    # fast, and aes128-gcm multiply bit by bit, a fifth as fast.
    words=(qemu-system-x86_64 -cpu "max,-erms,-pclmulqdq")
    if [ "$machine" = aarch64 ]; then
        # The processor of a Raspberry Pi 4, with none of the later instructions.
        words=(qemu-system-aarch64 -machine virt -cpu cortex-a72)
        console=ttyAMA0
    fi
    exec timeout --kill-after=5 "$1" "${words[@]}" \
        -accel tcg,thread=multi -nodefaults -no-user-config -no-reboot -display none \
        -kernel "$work"/packages/boot/vmlinuz-* -initrd "$work/initrd" \
        -append "console=$console panic=-1 mitigations=off nokaslr" \
        -serial "file:$work/console" "${@:2}" </dev/null
}
