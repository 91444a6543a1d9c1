# fish completion for socketpipe. In fish the braces must be quoted: \{ and \}.
# It completes the words between them as a command line.

# Prints "outside", or "inside" and the words of the block that the cursor is in. The words after
# --rsh are a block of ssh.
function __socketpipe_where
    set -l depth 0
    set -l block
    for word in (commandline -opc)[2..-1]
        switch $word
            case --rsh
                if test $depth -eq 0
                    set depth 1
                    set block ssh
                    continue
                end
            case '{'
                set depth (math $depth + 1)
                test $depth -eq 1; and set block; and continue
            case '}'
                test $depth -gt 0; and set depth (math $depth - 1)
        end
        test $depth -gt 0; and set -a block $word
    end
    if test $depth -eq 0
        echo outside
    else
        printf '%s\n' inside $block
    end
end

function __socketpipe_inside
    contains inside (__socketpipe_where)[1]
end

# Completes the inside of a block with what fish knows about the command there.
function __socketpipe_command
    set -l words (string escape -- (__socketpipe_where)[2..-1])
    complete -C (string join -- ' ' $words (commandline -ct | string collect))
end

# Whether the word before the cursor is an option that takes a block.
function __socketpipe_wants_block
    __socketpipe_inside; and return 1
    contains -- (commandline -opc)[-1] -i --input -o --output -l --login -r --remote --next-volume
end

# Whether that option takes - as well, for standard input or output.
function __socketpipe_wants_local
    __socketpipe_wants_block; and contains -- (commandline -opc)[-1] -i --input -o --output
end

# Whether an option may appear here, and has not yet, under any of the names in $argv.
function __socketpipe_may
    __socketpipe_inside; and return 1
    __socketpipe_wants_block; and return 1
    set -l words (commandline -opc)[2..-1]
    # The option whose value the cursor is in does not count.
    switch "$words[-1]"
        case -h --host -t --timeout --listen --via --port --address --network --there --mss --relay --engine --rate --rate-file --size --progress-fd \
                --window --congestion --dscp \
                --report --stall --reconnect --record --buffer --start --resume \
                --to --from --label --volumes --verify
            set -e words[-1]
    end
    set -l depth 0
    for word in $words
        switch $word
            case '{'
                set depth (math $depth + 1)
            case '}'
                test $depth -gt 0; and set depth (math $depth - 1)
            case $argv
                test $depth -eq 0; and return 1
        end
    end
    return 0
end

complete -c socketpipe -f
complete -c socketpipe -n __socketpipe_inside -a '(__socketpipe_command)'
complete -c socketpipe -n __socketpipe_wants_block -a '\{'
complete -c socketpipe -n __socketpipe_wants_local -a -

complete -c socketpipe -n '__socketpipe_may -i --input' -o i -l input -d 'producer: its output goes to the other end'
complete -c socketpipe -n '__socketpipe_may -o --output' -o o -l output -d 'consumer: reads data from the other end'
complete -c socketpipe -n '__socketpipe_may -l --login' -o l -l login -d 'login command: starts the other end'
complete -c socketpipe -n '__socketpipe_may -r --remote' -o r -l remote -d 'remote command: runs at the other end'
complete -c socketpipe -n '__socketpipe_may -b --batch' -o b -l batch -d 'give the login command no terminal'
complete -c socketpipe -n '__socketpipe_may -h --host' -x -o h -l host -d 'address of this host as the other end reaches it'
complete -c socketpipe -n '__socketpipe_may -t --timeout' -x -o t -l timeout -d 'seconds the two ends may take to meet'
complete -c socketpipe -n '__socketpipe_may --listen' -x -l listen -a 'here there auto' -d 'which end waits for the connection'
complete -c socketpipe -n '__socketpipe_may --via' -x -l via -a 'direct login auto' -d 'how the data gets there'
complete -c socketpipe -n '__socketpipe_may --port' -x -l port -d 'port or range of ports to listen on'
complete -c socketpipe -n '__socketpipe_may --address' -x -l address -d 'address of the other host as this one reaches it'
complete -c socketpipe -n '__socketpipe_may --network' -x -l network -a '(command ls /sys/class/net 2>/dev/null)' -d 'the only network that the data may take'
complete -c socketpipe -n '__socketpipe_may --there' -r -F -l there -d 'socketpipe on the other host'
complete -c socketpipe -n '__socketpipe_may --push' -l push -d 'bring socketpipe along to the other host'
complete -c socketpipe -n '__socketpipe_may --mss' -x -l mss -d 'largest TCP segment, in bytes'
complete -c socketpipe -n '__socketpipe_may --strict' -l strict -d 'break the stream when its writer fails in any way'
complete -c socketpipe -n '__socketpipe_may --allow-early-exit' -l allow-early-exit -d 'let a reader leave before the end'
complete -c socketpipe -n '__socketpipe_may --relay' -x -l relay -a 'here there both' -d 'put socketpipe between socket and command, which gets a pipe'
complete -c socketpipe -n '__socketpipe_may --keep-pipes' -l keep-pipes -d 'leave pipes that are standard input or output as small as they are'
complete -c socketpipe -n '__socketpipe_may --engine' -x -l engine -a 'auto splice ring ring-splice copy' -d 'how relays move bytes'
complete -c socketpipe -n '__socketpipe_may --encrypt' -l encrypt -d 'encrypt and authenticate the data'
complete -c socketpipe -n '__socketpipe_may --checksum' -l checksum -d 'compare a hash of the content, too'
complete -c socketpipe -n '__socketpipe_may --rate' -x -l rate -d 'most bytes a second in each direction'
complete -c socketpipe -n '__socketpipe_may --rate-file' -r -F -l rate-file -d 'take the rate from a file, and follow it'
complete -c socketpipe -n '__socketpipe_may --window' -x -l window -d 'how many bytes may be on their way'
complete -c socketpipe -n '__socketpipe_may --congestion' -x -l congestion -a '(string split -n " " </proc/sys/net/ipv4/tcp_available_congestion_control)' -d 'congestion control'
complete -c socketpipe -n '__socketpipe_may --dscp' -x -l dscp -a 'LE CS1 AF11 AF21 AF31 AF41 EF' -d 'code point of the packets'
complete -c socketpipe -n '__socketpipe_may --progress' -l progress -d 'show how much has moved and how fast'
complete -c socketpipe -n '__socketpipe_may --progress-fd' -x -l progress-fd -d 'write progress as JSON to a descriptor'
complete -c socketpipe -n '__socketpipe_may --size' -x -l size -d 'bytes that the producer will make'
complete -c socketpipe -n '__socketpipe_may --measure' -l measure -d 'measure the path, run no commands'
complete -c socketpipe -n '__socketpipe_may --report' -r -F -l report -d 'write a report in JSON'
complete -c socketpipe -n '__socketpipe_may --verbose' -l verbose -d 'say what socketpipe does'
complete -c socketpipe -n '__socketpipe_may --quiet' -l quiet -d 'print only errors'
complete -c socketpipe -n '__socketpipe_may --dry-run' -l dry-run -d 'meet the other end, then run nothing'
complete -c socketpipe -n '__socketpipe_may --rsh' -l rsh -d 'stand in for ssh: what follows is for ssh'
complete -c socketpipe -n '__socketpipe_may --legacy' -l legacy -d 'the other end is the original socketpipe'
complete -c socketpipe -n '__socketpipe_may --stall' -x -l stall -d 'seconds that silence may last'
complete -c socketpipe -n '__socketpipe_may --reconnect' -x -l reconnect -d 'seconds to try to go on after a loss'
complete -c socketpipe -n '__socketpipe_may --record' -x -l record -d 'feed the reader whole records of this size'
complete -c socketpipe -n '__socketpipe_may --pad' -l pad -d 'pad the last record with zeros'
complete -c socketpipe -n '__socketpipe_may --buffer' -x -l buffer -d 'bytes to buffer in front of the reader'
complete -c socketpipe -n '__socketpipe_may --start' -x -l start -d 'percent of fill before the reader is fed'
complete -c socketpipe -n '__socketpipe_may --resume' -x -l resume -d 'percent of fill before feeding resumes after it ran dry'
complete -c socketpipe -n '__socketpipe_may --to' -r -F -l to -d 'write standard input to a tape drive of this host'
complete -c socketpipe -n '__socketpipe_may --from' -r -F -l from -d 'read a tape drive of this host'
complete -c socketpipe -n '__socketpipe_may --next-volume' -l next-volume -d 'the command that puts in the next tape'
complete -c socketpipe -n '__socketpipe_may --label' -x -l label -d 'the name of the set, in a label on each volume'
complete -c socketpipe -n '__socketpipe_may --volumes' -x -l volumes -d 'the volumes to read, COUNT or LOW-HIGH'
complete -c socketpipe -n '__socketpipe_may --verify' -r -F -l verify -d 'compare with this report of --to'
complete -c socketpipe -n '__socketpipe_may --no-config' -l no-config -d 'take no options from the file and SOCKETPIPE_OPTIONS'
complete -c socketpipe -n '__socketpipe_may --version' -l version -d 'print the version'
complete -c socketpipe -n '__socketpipe_may --help' -l help -d 'print help'
