#!/bin/bash
# What the shells offer: commands, the options of each, what they take, and the taps that there are.
# shellcheck disable=SC2016 # what stands between single quotes is the other shell's
. "$(dirname "$0")/../lib.sh"
need zsh fish

completions=$ROOT/man/completions
mkdir "$LAB/bin" && ln -s "$VMNETCHECK" "$LAB/bin/vmnetcheck"
PATH=$LAB/bin:$PATH
start_guest tapfoo

# Each prints what is offered for the last word of a command line.
offers_of_bash()
{
    bash --norc -c '. "$0"; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); compopt() { echo "files"; }; _vmnetcheck
        printf "%s\n" "${COMPREPLY[@]}"' "$completions/vmnetcheck" "$@"
}

offers_of_fish()
{
    fish --no-config -c 'source $argv[1]; complete -C (string join " " -- $argv[2..-1])' "$completions/vmnetcheck.fish" "$@" |
        cut -f 1
}

# The shell itself on a terminal, as it shows what it offers after two tabs, until $wanted is among it.
offers_of_zsh()
{
    zsh -f -c 'zmodload zsh/zpty
        zpty shell "PS1=; TERM=dumb zsh -f -i"
        zpty -w shell "unsetopt zle_bracketed_paste prompt_cr; LISTMAX=10000; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; compdef _vmnetcheck vmnetcheck; echo rea\\dy"
        zpty -r -m shell text "*ready*"
        zpty -w -n shell "${*[2,-1]}"$'"'\\t\\t'"'
        for ((i = 0; i < 50; i++)); do
            [[ $text != *ready*$0* ]] || break
            sleep 0.1
            while zpty -r -t shell part; do text+=$part; done
        done
        zpty -d shell
        print -r -- "${text##*ready}"' "$wanted" "$completions" "$*" | tr -s ' \r\t' '\n'
}

# offered SHELL WORD COMMAND-LINE...: the last word of the line may be empty.
offered()
{
    local shell=$1 word=$2 wanted=$2
    shift 2
    "offers_of_$shell" vmnetcheck "$@" >"$LAB/offers" 2>&1
    grep -Fqx -e "$word" "$LAB/offers" || fail "$shell does not offer \"$word\" for \"vmnetcheck $*\": $(head -c 2000 "$LAB/offers")"
}

refused()
{
    local shell=$1 word=$2 wanted='nothing of the kind'
    shift 2
    "offers_of_$shell" vmnetcheck "$@" >"$LAB/offers" 2>&1
    ! grep -Fqx -e "$word" "$LAB/offers" || fail "$shell offers \"$word\" for \"vmnetcheck $*\""
}

for shell in bash fish zsh; do
    offered $shell lint ''
    offered $shell tapfoo check ''
    offered $shell --all-netns check --all
    offered $shell unknown --fail-on ''
    offered $shell html check --format ''
    offered $shell mtu-blackhole explain ''
    refused $shell --linger lint --l
done
offered bash l2-loop,mtu-blackhole --ignore l2-loop,mtu
offered bash files read ''
offered bash unknown --fail-on = un
