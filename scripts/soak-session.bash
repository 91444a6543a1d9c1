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
    size=$drawn offset=$((RANDOM * 128)) first=$((size * (RANDOM % 5) / 4))
    pick no yes
    fault=$drawn
    # A session that is struck at should be under way for a while.
    pick 0 0 0 "0.$((RANDOM % 4))"
    pause=$drawn
    if [ "$fault" = yes ]; then pause=0.$((1 + RANDOM % 4)); fi
    roles=(here there producer consumer) latest=400
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
}

choose_login() {
    local far=env
    if [ ${#there[@]} -gt 0 ]; then far=far; fi
    pick env env env env env "$far" "$far" ssh
    case $drawn in
        env) login=(env) ;;
        far) login=("${there[@]}") ;;
        ssh) login=(ssh -F "$folder/client.$worker" there) latest=1200 roles+=(login) ;;
    esac
    if [ ${#there[@]} -gt 0 ] && [ "$drawn" != env ]; then roles+=(cut); fi
}

# The commands bear their role as a name.
choose_commands() {
    local bytes='iflag=skip_bytes,count_bytes status=none'
    pick 512 10000 65536 300000
    producer=(sh -ec "dd if=\$1 bs=\$2 skip=\$3 count=\$4 $bytes; sleep \$6; " produce
        "$folder/pool" "$drawn" "$offset" "$first" $((size - first)) "$pause")
    producer[2]+="dd if=\$1 bs=\$2 skip=\$((\$3 + \$4)) count=\$5 $bytes"
    pick 512 10000 65536 300000
    consumer=(sh -ec "sleep \$3; dd of=\$1 bs=\$2 status=none" consume "$run/out" "$drawn")
    pick 0 0 0 0.1 0.3
    consumer+=("$drawn")
    pick "$socketpipe" "$remote_alone"
    read -ra words <<<"$drawn $options"
    words=("$socketpipe" --there "${words[@]}")
    pick out back both
    choose_places "$drawn"
}

# Lets local commands be blocks, or stages of a pipeline, or files in their places.
choose_places() {
    local feed='' files='' drain='' remote=(sh -ec cat pass)
    case $1 in
        out) remote=("${consumer[@]}") ;;
        back) remote=("${producer[@]}") ;;
        both) roles+=(pass) ;;
    esac
    pick block block file pipe
    case $1:$drawn in
        back:*) ;;
        *:block) words+=(-i '{' "${producer[@]}" '}') ;;
        *:file) words+=(-i -) files+="<$run/in " ;;
        *:pipe) words+=(-i -) feed=$(printf '%q ' "${producer[@]}" && printf '| ') ;;
    esac
    pick block block file pipe
    case $1:$drawn in
        out:*) ;;
        *:block) words+=(-o '{' "${consumer[@]}" '}') ;;
        *:file) words+=(-o -) files+=">$run/out" ;;
        *:pipe) words+=(-o -) drain=$(printf '| ' && printf '%q ' "${consumer[@]}") ;;
    esac
    words+=(-l '{' "${login[@]}" '}' -r '{' "${remote[@]}" '}')
    line="$feed$(printf '%q ' "${words[@]}")$files$drain"
}

choose_fault() {
    pick "${roles[@]}"
    victim=$drawn
    pick KILL KILL TERM INT
    signal=$drawn
    # Half of the moments are early, while the ends start and meet.
    pick 80 "$latest"
    local milliseconds=$((RANDOM % drawn))
    printf -v moment '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000))
    pick 0.1 0.1 0.5 0.5 0.5 6
    outage=$drawn
    if [[ $line$victim == *cut ]]; then line=${line/ --there / --stall 3 --there }; fi
}

# Prints the bytes of a session.
sent() {
    dd if="$folder/pool" bs=1M skip="$offset" count="$size" iflag=skip_bytes,count_bytes status=none
}
