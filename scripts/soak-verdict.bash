# How scripts/soak strikes at a session and judges it; sourced by it, not run.
# shellcheck shell=bash
# Sessions and verdicts share the variables of scripts/soak.
# shellcheck disable=SC2034,SC2154

# By what a strike knows the processes of a role.
declare -A role_words=(
    [here]="^[^ ]*socketpipe --there " [there]="^[^ ]* --remote-end" [login]="^ssh -F "
    [producer]="^sh -ec .* produce |^dd if" [consumer]="^sh -ec .* consume |^dd of"
    [pass]="^sh -ec .*cat pass|^cat$"
)

# Prints the pids of everything that bears such a mark.
marked() {
    grep -lzsE "^SOCKETPIPE_TEST_MARK=$1\$" /proc/[0-9]*/environ | cut -d / -f 3 | sort -n || true
}

# Ends all that bears such a mark, and what it still starts.
kill_marked() {
    local pid pids rounds
    for rounds in {1..50}; do
        pids=$(marked "$1")
        for pid in $pids; do kill -9 "$pid" 2>/dev/null || true; done
        [ -n "$pids" ] || break
        sleep 0.02
    done
}

# Strikes at the moment that was drawn, or as soon as the victim is there.
strike() {
    local pid
    sleep "$moment"
    while kill -0 "$session" 2>/dev/null; do
        if [ "$victim" = hole ]; then
            dig_hole
        elif [ "$victim" = cut ]; then
            struck="link cut for $outage s"
            scripts/lab enter "$name-$worker" there ip link set eth0 down
            sleep "$outage"
            scripts/lab enter "$name-$worker" there ip link set eth0 up
            # A search for the neighbour that began during the cut fails a later call.
            scripts/lab enter "$name-$worker" here ip neigh flush dev eth0
        elif pid=$(find_victim) && kill -s "$signal" "${pid%% *}" 2>/dev/null; then
            struck="$signal to $pid"
        fi
        [ -z "$struck" ] || break
        sleep 0.01
    done
    [ -z "$struck" ] || faults=$((faults + 1))
}

# Prints pid and words of one of the processes that play the victim.
find_victim() {
    local pid words parent found=()
    for pid in $(marked "$mark"); do
        mapfile -d '' -t words 2>/dev/null <"/proc/$pid/cmdline" || continue
        [[ "${words[*]}" =~ ${role_words[$victim]} ]] || continue
        read -r _ _ _ parent _ 2>/dev/null <"/proc/$pid/stat" || continue
        # An end's children look like it until they have words of their own, its guard always.
        if [[ $victim == @(here|there) && " ${found[*]%% *} " == *" $parent "* ]]; then continue; fi
        found+=("$pid ${words[*]}")
    done
    [ ${#found[@]} -gt 0 ] && printf '%s\n' "${found[RANDOM % ${#found[@]}]}"
}

judge() {
    local seconds=$((EPOCHSECONDS - began)) left
    if [ "$seconds" -ge "$bound_seconds" ]; then
        violation "hung for $seconds s"
    elif [ "$status" -eq 0 ]; then
        bytes=$((bytes + size))
        sent | cmp -s - "$out" || violation "status 0, but not the bytes that were sent"
    elif [ -z "$struck" ] && [[ $trouble != @(full|moment|limit|zeros|slow) ]]; then
        violation "failed, and nothing had struck it"
    fi
    if [ "$trouble" = agent ]; then end_agent; fi
    left=$(remains) || violation "left behind: $left"
    judge_trouble
    kill_marked "$mark"
    [ -z "$only" ] || tell "number $only"
}

# What is true of a session that failed, and what it has to say of its trouble.
judge_trouble() {
    local arrived reader
    arrived=$(stat -c %s "$out" 2>/dev/null) || arrived=0
    if [ "$status" -ne 0 ]; then
        cmp -s <(sent | head -c "$arrived") <(head -c "$size" "$out" 2>/dev/null) \
            || violation "what arrived is no beginning of what was sent"
        # By hand-off nothing stands between a middlebox and the reader.
        reader=there
        if [ "$way" = back ]; then reader=here; fi
        if [ "$judged" = yes ] && [ -e "$run/clean" ] && [ "$arrived" -lt "$size" ] \
            && [[ $trouble != box || $line == *" --relay "@(both|"$reader")" "* ]]; then
            violation "the reader saw a clean end of a stream that was cut"
        fi
    elif [ "$trouble" = zeros ] && ! grep -q 'zeros' "$run/error"; then
        violation "zeros were left unread, and nobody was told"
    fi
}

# Who starts an agent ends it; who waits for one says so.
end_agent() {
    local pid
    if [ "$seconds" -ge 12 ] && ! grep -q 'still hold' "$run/error"; then
        violation "waited without a word for an agent that it could not look into"
    fi
    for pid in $(marked "$mark"); do
        ! grep -qsz ssh-agent "/proc/$pid/cmdline" || kill "$pid" 2>/dev/null || true
    done
}

# Waits at most 5 s until nothing of the session is left; else fails and prints what is.
remains() {
    local deadline=$((EPOCHSECONDS + 6)) left
    while left=$(marked "$mark" && listeners) && [ -n "$left" ]; do
        if [ "$EPOCHSECONDS" -ge "$deadline" ]; then
            for left in $(marked "$mark"); do ps -o pid=,ppid=,stat=,args= -p "$left" || true; done
            listeners
            return 1
        fi
        sleep 0.1
    done
}

# Prints the listening sockets of the namespaces, where only the sshd has any.
listeners() {
    local host
    for host in "here[@]" "there[@]"; do
        if [ ${#there[@]} -gt 0 ]; then "${!host}" ss -Htln | grep -v ":$ssh_port " || true; fi
    done
}

violation() {
    violations=$((violations + 1))
    # In one piece: others tell theirs at the same time.
    printf '%s\n' "$(tell "VIOLATION: $*")"
}

tell() {
    local size_there seconds=$((EPOCHSECONDS - began))
    size_there=$(stat -c %s "$out" 2>/dev/null) || size_there=none
    printf '%s\n  again: scripts/soak --seed %s --only %s\n' "$1" "$seed" "${run##*/}"
    printf '  status %s after %s s; %s bytes sent, %s arrived; trouble: %s%s; struck: %s\n  %s\n' \
        "$status" "$seconds" "$size" "$size_there" "$trouble" "${user:+, as a user}" \
        "${struck:-no}" "$line"
    head -c 3000 "$run/error" | cat -v | sed 's/^/  | /'
}
