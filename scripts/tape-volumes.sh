#!/bin/busybox sh
# What scripts/tape-guest checks of volumes: sets over three tapes of 4 MB in the drive /dev/nst1. It
# sources this, and socketpipe and mbuffer run it with the word `change` or `next` to change tapes.
# shellcheck shell=dash disable=SC1083 # Braces are words to socketpipe.

# Winds a tape; a drive that was just given one may take a moment.
wind() {
    timeout 20 mt -f "$@"
}

# Runs a program without a session.
alone() {
    timeout 60 /bin/socketpipe "$@"
}

# Changes a property of the second drive's tape.
update_tape() {
    tgtadm --lld iscsi --op update --mode logicalunit --tid 1 --lun 2 --params "$1"
}

# Puts a tape into the second drive, in its block size; "-" takes the tape out.
insert() {
    update_tape online=0 || return
    [ "$1" = - ] && return
    update_tape path="/tmp/tape$1" && update_tape online=1 \
        && wind /dev/nst1 rewind && wind /dev/nst1 setblk "$(cat /tmp/block)"
}

# Makes three empty tapes and a changer for them, in the given block size, and inserts the first.
make_set() {
    echo "$1" >/tmp/block
    rm -f /tmp/changes /tmp/wrong /tmp/next
    insert - || return
    for tape in 11 12 13; do
        rm -f /tmp/tape$tape
        tgtimg --op new --device-type tape --barcode "A000${tape}L5" --size 4 --type data \
            --file /tmp/tape$tape || return
    done
    insert 11
}

# Puts in the tape of the volume that is asked for; of those in /tmp/wrong, one at a time, first.
change() {
    echo "$SOCKETPIPE_VOLUME $SOCKETPIPE_BYTES $SOCKETPIPE_RECORDS $SOCKETPIPE_REASON" >>/tmp/changes
    volume=$SOCKETPIPE_VOLUME
    if read -r wrong </tmp/wrong; then
        sed -i 1d /tmp/wrong
        volume=$wrong
    fi 2>/dev/null
    [ "$volume" -le 3 ] && insert "1$volume"
}

write_set() {
    dd if=/tmp/long bs=1448 status=none \
        | alone --to /dev/nst1 --record 32k --buffer 8M --next-volume { /tape-volumes.sh change } "$@"
}

read_set() {
    insert 11 && alone --from /dev/nst1 --next-volume { /tape-volumes.sh change } "$@" >/tmp/back
}

is_long() {
    cmp -n "$(stat -c %s /tmp/long)" /tmp/long /tmp/back
}

set_of_tapes() {
    block=$1
    shift
    make_set "$block" && write_set "$@" --report /tmp/report || return
    [ "$(wc -l </tmp/changes)" -eq 2 ] && cat /tmp/changes || return
    case " $* " in *" --label "*) way="--label home" ;; *) way="--volumes 3" ;; esac
    # shellcheck disable=SC2086 # Two words.
    read_set $way && is_long || return
    # shellcheck disable=SC2086
    insert 11 && alone --from /dev/nst1 --verify /tmp/report $way --next-volume { /tape-volumes.sh change }
}

wrong_tape() {
    make_set 0 && write_set --label home || return
    printf '3\n1\n' >/tmp/wrong
    rm /tmp/changes
    read_set --label home && is_long && cat /tmp/changes || return
    grep -q 'holds volume 3, but volume 2' /tmp/changes && [ "$(wc -l </tmp/changes)" -eq 4 ]
}

# The changer leaves the full tape in the drive: it must not be overwritten.
unchanged_tape() {
    make_set 0 && echo 1 >/tmp/wrong && write_set --label home || return
    cat /tmp/changes
    grep -q 'holds volume 1 of this very set' /tmp/changes && read_set --label home && is_long
}

no_changer() {
    make_set 0 || return
    alone --to /dev/nst1 --record 32k </tmp/long >/tmp/ended 2>&1
    [ $? -eq 125 ] && cat /tmp/ended || return
    grep -q 'volume 1 is full: volume 2 is needed' /tmp/ended || return
    taken=$(sed -n 's/.*volume 1: \([0-9,]*\) bytes.*/\1/p' /tmp/ended | tail -n 1 | tr -d ,)
    [ "${taken:-0}" -gt 0 ] && insert 11 && alone --from /dev/nst1 >/tmp/back \
        && [ "$(stat -c %s /tmp/back)" -eq "$taken" ] && cmp -n "$taken" /tmp/long /tmp/back
}

# What is on the tape stays readable up to the last record.
killed_writer() {
    prepare /dev/nst0 0 || return
    { head -c 1000000 /tmp/data; sleep 5; } | /bin/socketpipe --to /dev/nst0 --record 32k --label home &
    sleep 3
    kill -9 $!
    wait $!
    wind /dev/nst0 rewind || return
    alone --from /dev/nst0 --label home >/tmp/back 2>/tmp/ended && return 1
    cat /tmp/ended
    grep -q 'volume 1 is read: volume 2' /tmp/ended && holds_beginning $((1000000 / 32768 * 32768))
}

large_records() {
    prepare /dev/nst0 0 && dd if=/tmp/data of=/dev/nst0 bs=512k count=4 iflag=fullblock \
        && wind /dev/nst0 rewind && alone --from /dev/nst0 --record 16k >/tmp/back \
        && holds_beginning $((4 * 524288))
}

# socketpipe writes what dd reads, and the other way round.
with_dd() {
    prepare /dev/nst0 0 && alone --to /dev/nst0 --record 32k </tmp/data \
        && holds /dev/nst0 32k 96+1 && cmp /tmp/data /tmp/back || return
    prepare /dev/nst0 0 && alone --to /dev/nst0 --record 32k --label home </tmp/data \
        && wind /dev/nst0 rewind && /bin/dd if=/dev/nst0 bs=32k count=1 of=/tmp/label \
        && grep -q '^volume 1$' /tmp/label && /bin/dd if=/dev/nst0 bs=32k of=/tmp/back \
        && cmp /tmp/data /tmp/back || return
    prepare /dev/nst0 0 && dd if=/tmp/data of=/dev/nst0 bs=64k && wind /dev/nst0 rewind \
        && alone --from /dev/nst0 >/tmp/back && cmp /tmp/data /tmp/back
}

with_mbuffer() {
    make_set 0 && write_set || return
    insert 11 && SOCKETPIPE_VOLUME=1 mbuffer -q -s 32k -m 4M -n 3 -i /dev/nst1 -A '/tape-volumes.sh next' \
        >/tmp/back || return
    is_long || return
    make_set 0 && SOCKETPIPE_VOLUME=1 mbuffer -q -s 32k -m 4M -o /dev/nst1 \
        -A '/tape-volumes.sh next' </tmp/long || return
    read_set --volumes 3 && is_long
}

# mbuffer does not say which volume it wants.
next() {
    volume=$(cat /tmp/next 2>/dev/null || echo 1)
    echo $((volume % 3 + 1)) >/tmp/next
    insert "1$((volume % 3 + 1))"
}

in_a_session() {
    prepare /dev/nst0 0 && socketpipe -i { dd if=/tmp/data bs=1448 status=none } \
        -r { socketpipe --to /dev/nst0 --record 32k --label home } || return
    wind /dev/nst0 rewind && rm -f /tmp/back \
        && socketpipe -r { socketpipe --from /dev/nst0 --label home } -o { dd of=/tmp/back } \
        && cmp /tmp/data /tmp/back
}

# Says before the first byte what is wrong with a drive.
refused() {
    expected=$1
    shift
    alone "$@" </tmp/data >/tmp/ended 2>&1
    ended=$?
    cat /tmp/ended
    [ $ended -eq 125 ] && grep -q "$expected" /tmp/ended
}

facts() {
    prepare /dev/nst0 32768 \
        && refused 'do not fit the blocks of 32,768 bytes' --to /dev/nst0 --record 10k \
        && refused 'a short last record would not fill' --to /dev/nst0 --record 64k \
        && prepare /dev/nst0 0 && refused 'rewinds its tape' --to /dev/st0 \
        && refused 'cannot open' --to /dev/nst9 && [ ! -e /dev/nst9 ] || return
    make_set 0 && update_tape readonly=1 && wind /dev/nst1 rewind \
        && refused 'is write-protected' --to /dev/nst1 && update_tape readonly=0
}

check_volumes() {
    # The last record is again less than half of one: see tape-guest.
    head -c 9447184 /tmp/long >/tmp/set && mv /tmp/set /tmp/long
    check "volumes: what is wrong with a drive is told before the first byte" facts
    check "volumes: dd reads what socketpipe writes, and the other way round" with_dd
    check "volumes: a record that is larger than the read" large_records
    check "volumes: in a session, with a label" in_a_session
    check "volumes: a killed writer's tape is readable, and incomplete" killed_writer
    check "volumes: a full tape without a changer is told, and readable" no_changer
    check "volumes: three tapes, bare, variable blocks" set_of_tapes 0
    check "volumes: three tapes, labelled, variable blocks" set_of_tapes 0 --label home
    check "volumes: three tapes, bare, fixed blocks" set_of_tapes 32768 --pad
    check "volumes: three tapes, labelled, fixed blocks" set_of_tapes 16384 --pad --label home
    check "volumes: wrong tapes are refused until the right one comes" wrong_tape
    check "volumes: the full tape is not overwritten" unchanged_tape
    check "volumes: mbuffer reads what socketpipe writes, and the other way round" with_mbuffer
}

case ${1:-} in
    change | next) "$1" ;;
esac
