/**
 * The scripts with which a shell asks for completions. `complete.ts` answers.
 *
 * They are not those of yargs. Its bash script passes the answers to `compgen -W`, which expands them, and so runs a command
 * that is in the name of a file. Here an answer is data: `read -r` reads it, and it is quoted before it goes on the line.
 */
import type {Shell} from './options.js';

/** The option by which the scripts ask; behind it comes the command line. The name is that of scripts installed before. */
export const COMPLETE = '--get-yargs-completions';

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

/**
 * bash splits words at the characters of COMP_WORDBREAKS, of which a name may have the `@`: the pieces are put together
 * where no blank is between them, and of an answer only what stands in for the last piece is given back. `=`
 * stays apart, as `complete.ts` takes it.
 */
const BASH = `###-begin-ssctl-completions-###
#
# ssctl command completion script
#
# Installation: ssctl completion bash >> ~/.bashrc
#
_ssctl_yargs_completions()
{
    local piece rest=\${COMP_LINE-} typed='' before='' reply
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
        printf -v reply %q "\${reply#"$before"}"
        COMPREPLY+=("$reply")
    done < <(ssctl ${COMPLETE} "\${words[@]}" 2>/dev/null)
}
complete -o bashdefault -o default -F _ssctl_yargs_completions ssctl
###-end-ssctl-completions-###
`;

/** `compadd` takes each answer as it is and quotes it; `_describe` would split it at a colon. */
const ZSH = `#compdef ssctl
###-begin-ssctl-completions-###
#
# ssctl command completion script
#
# Installation: ssctl completion zsh >> ~/.zshrc
#
_ssctl_yargs_completions()
{
    local reply
    local -a replies
    while IFS= read -r reply; do
        replies+=("$reply")
    done < <(ssctl ${COMPLETE} "\${(@)words[1,CURRENT]}" 2>/dev/null)
    if (( \${#replies} )); then
        compadd -- "\${(@)replies}"
    else
        _default
    fi
}
if [[ "\${zsh_eval_context[-1]}" == "loadautofunc" ]]; then
    _ssctl_yargs_completions "$@"
else
    compdef _ssctl_yargs_completions ssctl
fi
###-end-ssctl-completions-###
`;

const SCRIPTS: Readonly<Record<Shell, string>> = {bash: BASH, zsh: ZSH};
