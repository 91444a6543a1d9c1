# Functions of the first processes of the virtual machines; sourced by tape-guest,
# long-guest and arm64-guest, not run. Opens descriptor 3 for what they tell: the second serial line,
# which scripts/vm.bash prints, or the one that the variable `line` names.
# shellcheck shell=dash

# Outside a virtual machine it would switch off the host.
[ $$ -eq 1 ] || exit 2
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs none /dev
line=${line:-/dev/ttyS1}
stty -F "$line" raw
exec 3>"$line"

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
