"""The completion scripts of bash, zsh and fish, written from the verbs.

Verbs and options stand in the script, so that completing them starts no process; domains, paths and the like
are asked for by calling xentui with its hidden command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.completion import Vocabulary, spellings
from xentui.commands.global_options import HOST_OPTION, HOSTS_OPTION

_BASH = r"""# Completion of xentui for bash: source <(xentui completion bash)
_xentui() {
    local line=${COMP_LINE:0:COMP_POINT} program=${1/#\~\//$HOME/} verb= options= i
    local -a words
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    local last=$((${#words[@]} - 1))
    for ((i = 1; i < last; i++)); do
        case ${words[i]} in
            --host|--hosts) i=$((i + 1)) ;;
            -*) ;;
            *)
                verb=${words[i]}
                break
                ;;
        esac
    done
    case $verb in @{families}) verb+=" ${words[i + 1]-}" ;; esac
    local word=${words[last]}
    COMPREPLY=()
    if [[ $word == -* && $word != *=* && $i -le $last && " ${words[*]:0:last} " != *' -- '* ]]; then
        case $verb in
@{options}
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options @{common}" -- "$word")
    elif [[ -z $verb && $word != -* && $i -le $last ]]; then
        mapfile -t COMPREPLY < <(compgen -W '@{verbs}' -- "$word")
    else
        type -P "$program" >/dev/null || program=xentui
        mapfile -t COMPREPLY < <("$program" @{hidden} --bash "$COMP_WORDBREAKS" -- "$line" 2>/dev/null)
    fi
    if [[ ${COMPREPLY[0]-} == *[/=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _xentui xentui
"""

_ZSH = r"""#compdef xentui
# Completion of xentui for zsh: source <(xentui completion zsh), or keep this as _xentui in a folder of $fpath.
_xentui() {
    local verb= line name i
    local -a verbs names shown open options
    for ((i = 2; i < CURRENT; i++)); do
        case ${words[i]} in
            (--host|--hosts) i=$((i + 1)) ;;
            (-*) ;;
            (*) verb=${words[i]}; break ;;
        esac
    done
    case $verb in (@{families}) verb+=" ${words[i + 1]}" ;; esac
    if [[ $PREFIX == -* && $PREFIX != *=* && $i -le $CURRENT && ${${words[1,CURRENT-1]}[(Ie)--]} -eq 0 ]]; then
        case $verb in
@{options}
        esac
        options+=(
@{common}
        )
        _describe -o option options
        return
    fi
    if [[ -z $verb && $PREFIX != -* && $i -le $CURRENT ]]; then
        verbs=(
@{verbs}
        )
        _describe verb verbs
        return
    fi
    local -a before=("${(@Q)words[2,CURRENT-1]}")
    for line in ${(f)"$(command ${(Q)words[1]} @{hidden} --meta -- "${(@)before}" "${(Q)PREFIX}" 2>/dev/null)"}; do
        name=${line%%$'\t'*}
        if [[ $name == *[/=] ]]; then
            open+=("$name")
        elif [[ -n $name ]]; then
            names+=("$name")
            shown+=("$name${${line#*$'\t'}:+  -- ${line#*$'\t'}}")
        fi
    done
    compadd -S '' -a open
    compadd -l -d shown -a names
}
if [[ ${funcstack[1]} == _xentui ]]; then
    _xentui "$@"
else
    compdef _xentui xentui
fi
"""

_FISH = r"""# Completion of xentui for fish: xentui completion fish > ~/.config/fish/completions/xentui.fish
function __xentui_verb
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --host --hosts
                set -e words[1]
            case '-*'
            case @{families}
                echo "$words[1] $words[2]"
                return
            case '*'
                echo $words[1]
                return
        end
        set -e words[1]
    end
    return 1
end
function __xentui_ask
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    if string match -q -- '-*' $word; and not contains -- -- $words
        return
    end
    # What an open quotation mark begins cannot be unescaped.
    set word (string unescape -- $word; or string trim -l -c "\"'" -- $word)
    command $words[1] @{hidden} --meta -- $words[2..-1] "$word" 2>/dev/null
end
function __xentui_hosts
    command xentui @{hidden} --meta -- --host '' 2>/dev/null
end
function __xentui_groups
    command xentui @{hidden} --meta -- --hosts '' 2>/dev/null
end
complete -c xentui -e
complete -c xentui -f
complete -c xentui -n __xentui_verb -a '(__xentui_ask)'
@{verbs}
"""


def bash(vocabulary: Vocabulary, hidden: str) -> str:
    """Return the script for bash 4 and later; ``hidden`` is the command that answers."""

    def written(options: Sequence[Argument]) -> str:
        return " ".join(name for option in options for name in spellings(option))

    branches = [
        f"            {_quoted(name)}) options='{written(options)}' ;;"
        for name, options in _own_options(vocabulary).items()
    ]
    return _filled(
        _BASH,
        verbs=" ".join(word.text for word in vocabulary.words()),
        families="|".join(vocabulary.families),
        common=written(vocabulary.after),
        options="\n".join(branches),
        hidden=hidden,
    )


def zsh(vocabulary: Vocabulary, hidden: str) -> str:
    """Return the script for zsh; ``hidden`` is the command that answers."""

    def written(options: Sequence[Argument], between: str) -> str:
        return between.join(
            _quoted(f"{name}:{option.help}") for option in options for name in spellings(option)
        )

    branches = [
        f"            ({_quoted(name)}) options=({written(options, ' ')}) ;;"
        for name, options in _own_options(vocabulary).items()
    ]
    verbs = [f"            {_quoted(f'{word.text}:{word.meta}')}" for word in vocabulary.words()]
    return _filled(
        _ZSH,
        verbs="\n".join(verbs),
        families="|".join(vocabulary.families),
        common=f"            {written(vocabulary.after, _NEXT_LINE)}",
        options="\n".join(branches),
        hidden=hidden,
    )


def fish(vocabulary: Vocabulary, hidden: str) -> str:
    """Return the script for fish; ``hidden`` is the command that answers."""
    lines = [
        f"complete -c xentui -n 'not __xentui_verb' -a {word.text} -d {_quoted_for_fish(word.meta)}"
        for word in vocabulary.words()
    ]
    lines += [_fish_option(option, "") for option in vocabulary.after]
    for name, options in _own_options(vocabulary).items():
        condition = (
            f"contains -- {_quoted_for_fish(name) if ' ' in name else name} (__xentui_verb)"
            if name
            else "not __xentui_verb"
        )
        lines += [_fish_option(option, f" -n {_quoted_for_fish(condition)}") for option in options]
    return _filled(_FISH, verbs="\n".join(lines), families=" ".join(vocabulary.families), hidden=hidden)


WRITERS: Mapping[str, Callable[[Vocabulary, str], str]] = {"bash": bash, "zsh": zsh, "fish": fish}

_NEXT_LINE = "\n            "


def _filled(script: str, **parts: str) -> str:
    """``script`` with its ``@{name}`` places filled: ``$`` belongs to the shells."""
    for name, text in parts.items():
        script = script.replace("@{" + name + "}", text)
    return script


def _own_options(vocabulary: Vocabulary) -> dict[str, tuple[Argument, ...]]:
    """Return what each verb that has options takes next to those of all; under "" what stands before verbs only."""
    first = tuple(option for option in vocabulary.before if option not in vocabulary.after)
    own = {name: verb.options for name, verb in vocabulary.verbs.items()}
    return {name: options for name, options in {"": first, **own}.items() if options}


def _fish_option(option: Argument, condition: str) -> str:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
    value = "" if option.kind is ArgumentKind.FLAG else " -x"
    if option == HOSTS_OPTION:
        value = " -x -a '(__xentui_groups)'"
    elif option == HOST_OPTION:
        value = " -x -a '(__xentui_hosts)'"
    return f"complete -c xentui{condition} {names}{value} -d {_quoted_for_fish(option.help)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _quoted_for_fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
