# Functions of the scripts that print a line for each of their checks, on descriptor 3; sourced, not
# run. What a check says goes to the file $said.
# shellcheck shell=dash

said=${said:-/tmp/said}
passed=0
failed=0

# Prints the verdict on a check, and the check's output if it failed.
check() {
    sentence=$1
    shift
    if "$@" >"$said" 2>&1; then
        passed=$((passed + 1))
        echo "pass  $sentence" >&3
    else
        failed=$((failed + 1))
        echo "FAIL  $sentence" >&3
        sed 's/^/      /' "$said" >&3
    fi
}

# Prints the verdict on all; returns 0 only if all passed.
conclude() {
    if [ "$failed" -eq 0 ]; then
        echo "all $passed passed" >&3
    else
        echo "$failed of $((passed + failed)) failed" >&3
    fi
    [ "$failed" -eq 0 ]
}

# Tries a command for 20 seconds.
await() {
    for _ in $(seq 100); do
        "$@" && return
        sleep 0.2
    done
    return 1
}
