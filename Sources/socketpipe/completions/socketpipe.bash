# bash completion for socketpipe. It completes the words inside { } as a command line.
# A limit of bash: it takes the second bare { on a line for the start of a command. After the second
# block it asks that command's completion, not this one. Write \{ there, as this one does.
# shellcheck shell=bash

_socketpipe() {
    local cur prev word i depth=0 block=0 rsh=0 given=' '
    COMPREPLY=()
    cur=${COMP_WORDS[COMP_CWORD]}

    # Find the block that the cursor is in, and the options outside all blocks.
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            '{' | "'{'" | '"{"' | '\{')
                if ((depth++ == 0)); then block=$((i + 1)); fi
                ;;
            '}' | "'}'" | '"}"' | '\}')
                if ((depth > 0)); then ((depth--)); fi
                ;;
            --rsh)
                if ((depth == 0)); then
                    rsh=$i
                    break
                fi
                ;;
            -*) if ((depth == 0)); then given+="$word "; fi ;;
        esac
    done

    if ((rsh > 0)); then
        # Complete the rest as if ssh stood there.
        COMP_WORDS[rsh]=ssh
        COMP_LINE=${COMP_LINE/ --rsh / ssh }
        ((COMP_POINT -= 2))
        _socketpipe_command "$rsh"
        return
    fi
    if ((depth > 0)); then
        if [[ $cur == '}' ]]; then COMPREPLY=('}'); else _socketpipe_command "$block"; fi
        return
    fi

    # --listen=here comes as three words.
    prev=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $cur == '=' ]]; then
        cur='' prev="$prev="
    elif [[ $prev == '=' ]]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]}=
    fi

    case ${prev%=} in
        -i | --input | -o | --output | -l | --login | -r | --remote | --next-volume)
            # Bash takes a second bare brace on a line for the start of a command, and stops asking
            # this completion; it leaves a quoted one alone.
            if [[ $cur == '' || $cur == '{' ]]; then
                if ((block > 0)); then COMPREPLY=('\{'); else COMPREPLY=('{'); fi
            fi
            case $prev$cur in
                -i | --input | -o | --output) COMPREPLY+=(-) ;;
                -i- | --input- | -o- | --output-) COMPREPLY=(-) ;;
            esac
            return
            ;;
        --listen)
            mapfile -t COMPREPLY < <(compgen -W 'here there auto' -- "$cur")
            return
            ;;
        --via)
            mapfile -t COMPREPLY < <(compgen -W 'direct login auto' -- "$cur")
            return
            ;;
        --relay)
            mapfile -t COMPREPLY < <(compgen -W 'here there both' -- "$cur")
            return
            ;;
        --engine)
            mapfile -t COMPREPLY < <(compgen -W 'auto splice ring ring-splice copy' -- "$cur")
            return
            ;;
        --congestion)
            mapfile -t COMPREPLY < <(
                compgen -W "$(</proc/sys/net/ipv4/tcp_available_congestion_control)" -- "$cur")
            return
            ;;
        --dscp)
            mapfile -t COMPREPLY < <(compgen -W 'LE CS1 AF11 AF21 AF31 AF41 EF' -- "$cur")
            return
            ;;
        --report | --rate-file | --there | --to | --from | --verify)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return
            ;;
        --network)
            mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$cur")
            return
            ;;
        -h | --host | --address | -t | --timeout | --port | --mss | --stall | --reconnect | --rate | --window | --size | --progress-fd | --record | \
            --buffer | --start | --resume | --label | --volumes)
            return
            ;;
    esac

    # No option may appear twice, under either of its names.
    local names name left=()
    for names in '-i --input' '-o --output' '-l --login' '-r --remote' '-b --batch' '-h --host' \
        '-t --timeout' --listen --via --port --address --network --there --push --mss --strict --allow-early-exit --relay --engine --keep-pipes \
        --encrypt --checksum --rate --rate-file --window --congestion --dscp --progress --progress-fd --size --measure --report --verbose --quiet --dry-run --rsh --legacy \
        --stall --reconnect --record --pad --buffer --start --resume --to --from --next-volume --label --volumes --verify \
        --no-config --version --help; do
        for name in $names; do
            if [[ $given == *" $name "* ]]; then continue 2; fi
        done
        left+=("$names")
    done
    mapfile -t COMPREPLY < <(compgen -W "${left[*]}" -- "$cur")
}

# Completes the command that begins at a word of this line.
_socketpipe_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif ((COMP_CWORD == $1)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
    else
        compopt -o default 2>/dev/null
    fi
}

complete -F _socketpipe socketpipe
