# What may be the matter with the machine, the path or the commands of a session of scripts/soak;
# sourced by it, not run.
# shellcheck shell=bash
# Sessions and verdicts share the variables of scripts/soak.
# shellcheck disable=SC2034,SC2154

# Draws one trouble, or none, and who has it.
choose_trouble() {
    local troubles=(none none none none none none none none limit mute orphan chain urgent zeros)
    local able=no
    if [ "$(id -u)" -eq 0 ]; then able=yes; fi
    [ "$able" = no ] || troubles+=(full moment slow)
    [ ${#there[@]} -eq 0 ] || troubles+=(hole box)
    ! command -v ssh-agent >/dev/null || troubles+=(agent)
    pick "${troubles[@]}"
    trouble=$drawn
    pick no no no yes
    # What a user may not look into, root may.
    if [[ $trouble == @(chain|agent) ]]; then drawn=yes; fi
    if [[ $trouble == @(slow|hole|box) ]]; then drawn=no; fi
    user=()
    if [ "$able $drawn" = "yes yes" ]; then
        user=(setpriv --reuid "$user_number" --regid "$user_number" --clear-groups)
    fi
    case $trouble in
        full | moment | limit) size=$((20000 + RANDOM * (RANDOM % 2 ? 16 : 128))) ;;
        slow) fault=no ;;
        hole) fault=yes ;;
        # Less than what a reader may leave unread.
        zeros) zeros=$((512 * (1 + RANDOM % 1000))) ;;
    esac
    first=$((size * (RANDOM % 5) / 4))
}

# What the producer does with the second part of its bytes; its words are those of choose_commands.
trouble_second_part() {
    local second="dd if=\$1 bs=\$2 skip=\$((\$3 + \$4)) count=\$5 $bytes"
    # A byte of urgent data, where the output is a socket.
    # shellcheck disable=SC2016
    local urgent='open my $in, "<", $ARGV[0]; seek $in, $ARGV[1], 0; read $in, my $byte, 1;'
    # shellcheck disable=SC2016
    urgent+=' exit if !length $byte; defined send STDOUT, $byte, 1 or syswrite STDOUT, $byte'
    case $trouble in
        orphan) printf '%s' "{ sleep \$6; $second; } &" ;;
        chain)
            printf '%s' "exec perl -MPOSIX -e 'for (1 .. 200) { fork and POSIX::_exit(0) }" \
                " exec @ARGV' sh -ec 'sleep \$6; $second' produce \"\$@\""
            ;;
        agent)
            printf '%s' "timeout 12 ssh-agent -D -a \$7 </dev/null >/dev/null 2>&1 & " \
                "sleep \$6; $second"
            ;;
        urgent)
            printf '%s' "sleep \$6; test \$5 -gt 0 || exit 0; " \
                "perl -e '$urgent' \$1 \$((\$3 + \$4)); " \
                "dd if=\$1 bs=\$2 skip=\$((\$3 + \$4 + 1)) count=\$((\$5 - 1)) $bytes"
            ;;
        zeros) printf '%s' "sleep \$6; $second; head -c $zeros /dev/zero" ;;
        slow)
            # To close a packet socket takes the kernel its time.
            printf '%s' "exec perl -e 'for (1 .. 40) { socket my \$s, 17, 3, 768 or die; push @s, \$s }" \
                " select undef, undef, undef, \$ARGV[0]; kill 9, \$\$' \$6"
            ;;
        *) printf '%s' "sleep \$6; $second" ;;
    esac
}

# Prepares what must be there before a session starts.
begin_trouble() {
    local half=$(((size / 8192 + 1) * 4096))
    chmod 777 "$run"
    helpers=()
    case $trouble in
        full | moment)
            mkdir "$run/disk"
            mount -t tmpfs -o "size=$half,mode=1777" none "$run/disk"
            ;;&
        moment)
            head -c "$half" /dev/zero >"$run/disk/filler" 2>/dev/null || true
            mount -o "remount,size=$((half + size + 65536))" "$run/disk"
            head -c "$((size + 65536 - RANDOM % size))" /dev/zero >>"$run/disk/filler" || true
            { sleep "0.$((RANDOM % 10))" && rm -f "$run/disk/filler"; } &
            helpers+=("$!")
            ;;
        mute)
            mkfifo -m 666 "$run/mute"
            exec {mute}<>"$run/mute"
            dd if=/dev/zero of="$run/mute" bs=4096 oflag=nonblock 2>/dev/null || true
            ;;
        box)
            "${here[@]}" perl -e "$box" "$box_port" "$((box_port + 1))" 2>"$run/box" &
            helpers+=("$!")
            until "${here[@]}" ss -Htln | grep -q ":$((box_port + 1)) "; do sleep 0.02; done
            ;;
    esac
}

end_trouble() {
    local pid
    for pid in "${helpers[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    case $trouble in
        full | moment)
            cp "$run/disk/out" "$run/out" 2>/dev/null || true
            out=$run/out
            umount -l "$run/disk"
            ;;
        mute) exec {mute}>&- ;;
        hole) "${there[@]}" nft delete table inet soak 2>/dev/null || true ;;
    esac
}

# Lets nothing of the stream through any more, or only what is small; the login goes on. (nft makes one
# comparison of two neighbours that are both '!=', and either would do then.)
dig_hole() {
    pick '' 'meta length > 600'
    "${there[@]}" nft -f - <<RULES || return
table inet soak {
    chain in {
        type filter hook input priority 0;
        iif lo accept
        tcp dport $ssh_port accept
        tcp sport $ssh_port accept
        meta l4proto tcp $drawn drop
    }
    chain out {
        type filter hook output priority 0;
        oif lo accept
        tcp dport $ssh_port accept
        tcp sport $ssh_port accept
        meta l4proto tcp $drawn drop
    }
}
RULES
    struck="black hole ${drawn:-for all}"
}

# A middlebox that makes an end of every reset: passes what comes to one port on to another.
# shellcheck disable=SC2016
box='
    use IO::Socket::INET; use IO::Select; $SIG{PIPE} = "IGNORE"; $SIG{CHLD} = "IGNORE";
    my ($to, $own) = @ARGV;
    my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$own", Listen => 9, Reuse => 1) or die;
    while (my $caller = $l->accept) {
        fork and next; close $l;
        my $callee = IO::Socket::INET->new("127.0.0.1:$to") or exit;
        my %other = (fileno $caller, $callee, fileno $callee, $caller);
        my $select = IO::Select->new($caller, $callee);
        while ($select->count) { for my $from ($select->can_read) {
            my $other = $other{fileno $from};
            if (!sysread $from, my $data, 65536) { $select->remove($from); shutdown $other, 1 }
            else { while (length $data) {
                my $count = syswrite $other, $data or last; substr $data, 0, $count, "" } }
        } }
        exit;
    }
'
