# What scripts/soak draws its sessions from; sourced by it, not run.
# shellcheck shell=bash
# Sessions and verdicts share the variables of scripts/soak.
# shellcheck disable=SC2034,SC2154

# Draws one of the words.
pick() {
    shift $((RANDOM % $#))
    drawn=$1
}

# Draws what moves, how, and what befalls it; leaves the command line in `line`.
choose() {
    RANDOM=$(((seed * 1000003 + $1 * 7919) & 0x7fffffff))
    pick 0 1 $((RANDOM % 5000)) $((RANDOM * 16)) $((RANDOM * 128)) $((RANDOM * 128))
    size=$drawn offset=$((RANDOM * 128))
    pick no yes
    fault=$drawn
    # A session that is struck at should be under way for a while.
    pick 0 0 0 "0.$((RANDOM % 4))"
    pause=$drawn
    if [ "$fault" = yes ]; then pause=0.$((1 + RANDOM % 4)); fi
    roles=(here there producer consumer) latest=400
    choose_trouble
    choose_options
    choose_login
    choose_commands
    choose_fault
}

choose_options() {
    pick "" "" "--relay here" "--relay there" "--relay both" --checksum
    options=$drawn
    if [ "$drawn" != --checksum ]; then
        pick auto splice ring ring-splice copy
        options+=" --engine $drawn"
    fi
    pick "" "" "" "--record 4k" "--record 60k" "--record 128k" "--buffer 300k" \
        "--record 64k --buffer 1M --start 90 --resume 20" "--record 256k --buffer 2M --start 50"
    options+=" $drawn"
    pick "" "" "" "" --strict "--listen here" "--listen there" "--rate 20M"
    options+=" $drawn"
    case $trouble in
        mute) options+=" --verbose" ;;
        box) options="${options/--listen */} -h 127.0.0.1 --listen here --port $box_port-$box_port" ;;
    esac
}

choose_login() {
    local far=env
    if [ ${#there[@]} -gt 0 ]; then far=far; fi
    pick env env env env env "$far" "$far" ssh
    # A user without an account can neither log in nor enter namespaces; a hole wants a path.
    if [ ${#user[@]} -gt 0 ] || [ "$trouble" = box ]; then drawn='env'; fi
    if [ "$trouble" = hole ]; then pick far far ssh; fi
    case $drawn in
        env) login=(env) ;;
        far) login=("${there[@]}") ;;
        ssh) login=(ssh -F "$folder/client.$worker" there) latest=1200 roles+=(login) ;;
    esac
    if [ ${#there[@]} -gt 0 ] && [ "$drawn" != env ]; then roles+=(cut); fi
    case $trouble in
        # Nobody knows how a process ends that is a child of none.
        orphan | chain) roles=("${roles[@]/producer/here}") ;;
        hole) roles=(hole) ;;
        box)
            # shellcheck disable=SC2016
            login=(sh -c 'sed -u "s/dial=[^ ]*/dial=127.0.0.1:$0/g" | "$@"' $((box_port + 1)) env)
            roles=(here there producer)
            ;;
    esac
}

# The commands bear their role as a name; a reader that saw a clean end leaves a file.
choose_commands() {
    local bytes='iflag=skip_bytes,count_bytes status=none' quiet=
    out=$run/out
    if [[ $trouble == @(full|moment) ]]; then out=$run/disk/out; fi
    # What commands say, or a shell of their signals, is waited for where nobody reads it.
    if [ "$trouble" = mute ]; then quiet='exec 2>/dev/null; '; fi
    pick 512 10000 65536 300000
    producer=(sh -ec "${quiet}dd if=\$1 bs=\$2 skip=\$3 count=\$4 $bytes; " produce
        "$folder/pool" "$drawn" "$offset" "$first" $((size - first)) "$pause" "$run/agent")
    producer[2]+=$(trouble_second_part)
    pick 512 10000 65536 300000
    consumer=(sh -ec "${quiet}sleep \$3; dd of=\$1 bs=\$2 status=none; : >\$4" consume
        "$out" "$drawn")
    if [ "$trouble" = zeros ]; then consumer[2]="head -c $size >\$1"; fi
    pick 0 0 0 0.1 0.3
    consumer+=("$drawn" "$run/clean")
    pick "$socketpipe" "$remote_alone"
    read -ra words <<<"$drawn $options"
    words=("$socketpipe" --there "${words[@]}")
    pick out back both
    way=$drawn
    choose_places
}

# Lets local commands be blocks, or stages of a pipeline, or files in their places.
choose_places() {
    local files='' drain='' remote=(sh -ec "${quiet}cat" pass)
    feed=
    case $way in
        out) remote=("${consumer[@]}") ;;
        back) remote=("${producer[@]}") ;;
        both) roles+=(pass) ;;
    esac
    pick block block file pipe
    # It is a command's trouble.
    if [[ $trouble == @(orphan|chain|agent|urgent|zeros|slow) ]]; then drawn=block; fi
    case $way:$drawn in
        back:*) ;;
        *:block) words+=(-i '{' "${producer[@]}" '}') ;;
        *:file) words+=(-i -) files+="<$run/in " ;;
        *:pipe) words+=(-i -) feed=$(printf '%q ' "${producer[@]}" && printf '| ') ;;
    esac
    pick block block file pipe
    if [ "$trouble" = zeros ]; then drawn=block; fi
    # Whether it tells of a clean end.
    judged=no
    if [[ $way:$drawn == @(out:*|back:block) ]]; then judged=yes; fi
    case $way:$drawn in
        out:*) ;;
        *:block) words+=(-o '{' "${consumer[@]}" '}') ;;
        *:file) words+=(-o -) files+=">$out" ;;
        *:pipe) words+=(-o -) drain=$(printf '| ' && printf '%q ' "${consumer[@]}") ;;
    esac
    words+=(-l '{' "${login[@]}" '}' -r '{' "${remote[@]}" '}')
    if [ "$trouble" = mute ]; then files+=" 2>$run/mute"; fi
    line="$feed$(printf '%q ' "${words[@]}")$files $drain"
    if [ "$trouble" = limit ]; then line="ulimit -f $((size / 2048 + 4)); $line"; fi
}

choose_fault() {
    pick "${roles[@]}"
    victim=$drawn
    # A shell's pipe ends the same, however its writer did.
    if [[ -n $feed && $victim == producer ]]; then judged=no; fi
    pick KILL KILL TERM INT
    signal=$drawn
    # Half of the moments are early, while the ends start and meet.
    pick 80 "$latest"
    local milliseconds=$((RANDOM % drawn))
    printf -v moment '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000))
    pick 0.1 0.1 0.5 0.5 0.5 6
    outage=$drawn
    if [[ $victim == @(cut|hole) ]]; then line=${line/ --there / --stall 3 --there }; fi
}

# Prints the bytes of a session.
sent() {
    dd if="$folder/pool" bs=1M skip="$offset" count="$size" iflag=skip_bytes,count_bytes status=none
}
