# Functions of the first processes of the virtual machines; sourced by tape-guest and
# long-guest, not run. Leaves the second serial line, which scripts/vm.bash prints, as descriptor 3.
# shellcheck shell=dash

# Outside a virtual machine it would switch off the host.
[ $$ -eq 1 ] || exit 2
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs none /dev
stty -F /dev/ttyS1 raw
exec 3>/dev/ttyS1

load_modules() {
    for module in /modules/*; do insmod "$module" || return; done
}

# Reports the status, then switches off.
finish() {
    echo "ended with status $1" >&3
    # Returns when the line has sent everything.
    exec 3>&-
    poweroff -f
}
