/**
 * The scripts with which a shell asks for completions. `complete.ts` of each program answers.
 *
 * They are not those of yargs. Its bash script passes the answers to `compgen -W`, which expands them, and so runs a command
 * that is in the name of a file. Here an answer is data: each is read as one line, and quoted before it goes on the line.
 * The last answer says what the shell completes by itself. No answer means that the program could not be run.
 */
import {COMPLETE} from '../../shared/complete-value.js';
import type {Shell} from './options.js';

/** @param programs one or more; zsh gets one file for all of them */
export function completionScript(programs: readonly Program[], shell: Shell): string {
  return SCRIPTS[shell](programs);
}

export type Program = 'ssd' | 'ssctl';

/**
 * bash splits words at the characters of COMP_WORDBREAKS. A name may contain one of them, the `@`. So pieces without a blank
 * between them are joined, and only the part of an answer that replaces the last piece is returned. `=` stays apart, as
 * `complete.ts` expects it.
 */
const bash = (program: Program) => `_${program}_completions()
{
    local piece rest=\${COMP_LINE-} typed='' before='' reply kind=''
    local -i i
    local -a words=()
    COMPREPLY=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece=\${COMP_WORDS[i]}
        if ((i > 0)) && [[ $rest == "$piece"* && $rest == [!=[:blank:]]* && ($piece == @* || $typed == *@) ]]; then
            before=$typed
            typed+=$piece
            words[\${#words[@]} - 1]=$typed
        else
            before=''
            typed=$piece
            words+=("$typed")
        fi
        rest=\${rest#*"$piece"}
    done
    # readline replaces the last piece together with an @ before it.
    before=\${before%@}
    while IFS= read -r reply; do
        if [[ $reply == :* ]]; then
            kind=$reply
        else
            printf -v reply %q "\${reply#"$before"}"
            COMPREPLY+=("$reply")
        fi
    done < <(${program} ${COMPLETE} "\${words[@]}" 2>/dev/null)
    case $kind in
        :nothing) [[ \${COMPREPLY-} != *= ]] || compopt -o nospace 2>/dev/null ;;
        :directories) compopt -o dirnames 2>/dev/null ;;
        :command) _${program}_command ;;
        :ssd) _${program}_ssd ;;
        *) compopt -o bashdefault -o default 2>/dev/null ;;
    esac
}
# The rest of the line is a command of its own.
_${program}_command()
{
    local reply
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ \${COMP_WORDS[i]} != -- ]] || break
    done
    if ((i < COMP_CWORD)) && declare -F _command_offset >/dev/null; then
        _command_offset $((i + 1))
    elif ((i + 1 == COMP_CWORD)); then
        while IFS= read -r reply; do
            printf -v reply %q "$reply"
            COMPREPLY+=("$reply")
        done < <(compgen -c -- "$piece")
    else
        compopt -o bashdefault -o default 2>/dev/null
    fi
}
# The rest of the line, after --, is that of ssd without this word.
_${program}_ssd()
{
    local line="ssd \${COMP_LINE#*[[:blank:]]--[[:blank:]]}"
    local -i i at
    local -a rest
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ \${COMP_WORDS[i]} != -- ]] || break
    done
    declare -F _ssd_completions >/dev/null || _comp_load ssd 2>/dev/null || _completion_loader ssd 2>/dev/null
    if declare -F _ssd_completions >/dev/null; then
        rest=(ssd "\${COMP_WORDS[@]:i+1}")
        at=$((COMP_POINT - \${#COMP_LINE} + \${#line}))
        i=$((COMP_CWORD - i))
        local COMP_LINE=$line COMP_POINT=$at COMP_CWORD=$i
        local -a COMP_WORDS=("\${rest[@]}")
        _ssd_completions
    else
        compopt -o bashdefault -o default 2>/dev/null
    fi
}
complete -F _${program}_completions ${program}
`;

/** `compadd` takes each answer as it is and quotes it; `_describe` would split it at a colon. */
const zsh = (programs: readonly Program[]) => `#compdef ${programs.join(' ')}
_ssd_completions()
{
    local reply kind
    local -a replies
    local -i at
    while IFS= read -r reply; do
        if [[ $reply == :* ]]; then
            kind=$reply
        else
            replies+=("$reply")
        fi
    done < <("$service" ${COMPLETE} "\${(@)words[1,CURRENT]}" 2>/dev/null)
    case $kind in
        :nothing)
            compadd -S '' -- "\${(@M)replies:#*=}"
            compadd -- "\${(@)replies:#*=}"
            ;;
        :files) compset -P '--*='; _files ;;
        :directories) compset -P '--*='; _files -/ ;;
        :command)
            at=\${words[(i)--]}
            if (( at < CURRENT )); then
                shift $at words
                (( CURRENT -= at ))
                _normal
            else
                _default
            fi
            ;;
        :ssd)
            at=\${words[(i)--]}
            words=(ssd "\${(@)words[at + 1,-1]}")
            (( CURRENT -= at - 1 ))
            service=ssd _ssd_completions
            ;;
        *) _default ;;
    esac
}
if [[ "\${zsh_eval_context[-1]}" == "loadautofunc" ]]; then
    _ssd_completions "$@"
else
    compdef _ssd_completions ${programs.join(' ')}
fi
`;

/** `commandline -o` removes the quotes and expands nothing. Each printed line is one answer. */
const fish = (program: Program) => `function __${program}_completions
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l value (string replace -r '^--[a-z-]+=' '' -- "$current")
    set -l before (string match -r '^--[a-z-]+=' -- "$current")
    set -l replies (${program} ${COMPLETE} $words "$current" 2>/dev/null)
    switch "$replies[-1]"
        case :nothing
            test (count $replies) -gt 1; and printf '%s\\n' $replies[1..-2]
        case :directories
            __fish_complete_directories "$value" | string replace -r '^' -- "$before"
        case :command
            set -l at (contains -i -- -- $words)
            if test -n "$at"
                set -l rest (string escape -- $words[(math $at + 1)..])
                complete -C (string join ' ' -- $rest "$current")
            else
                __fish_complete_path "$current"
            end
        case :ssd
            set -l at (contains -i -- -- $words)
            set -l rest (string escape -- ssd $words[(math $at + 1)..])
            complete -C (string join ' ' -- $rest "$current")
        case '*'
            __fish_complete_path "$value" | string replace -r '^' -- "$before"
    end
end
complete -c ${program} -f -a '(__${program}_completions)'
`;

const SCRIPTS: Readonly<Record<Shell, (programs: readonly Program[]) => string>> = {
  bash: programs => programs.map(bash).join(''),
  zsh,
  fish: programs => programs.map(fish).join(''),
};
