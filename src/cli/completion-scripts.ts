// What a shell must be told once, so that it asks `pxectl complete` for the candidates. A first line `:files` means names of files.

export const completionShells = ['bash', 'zsh', 'fish'] as const
export type CompletionShell = (typeof completionShells)[number]

/** Printed by `pxectl complete` where a file is to be named. */
export const FILES_MARK = ':files'

const BASH = `# pxectl: completion for bash
_pxectl() {
  local typed=\${COMP_WORDS[COMP_CWORD]}
  mapfile -t COMPREPLY < <(pxectl complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ "\${COMPREPLY[0]-}" = '${FILES_MARK}' ]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$typed")
  fi
}
complete -F _pxectl pxectl
`

const ZSH = `#compdef pxectl
# pxectl: completion for zsh
_pxectl() {
  local -a found
  found=("\${(@f)$(pxectl complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ \${found[1]} == '${FILES_MARK}' ]]; then
    _files
  else
    compadd -a found
  fi
}
compdef _pxectl pxectl
`

const FISH = `# pxectl: completion for fish
function __pxectl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (pxectl complete -- $words[2..-1] 2>/dev/null)
    if test "$found[1]" = '${FILES_MARK}'
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $found
    end
end
complete -c pxectl -f -a '(__pxectl_complete)'
`

export const completionScripts: Readonly<Record<CompletionShell, string>> = {bash: BASH, zsh: ZSH, fish: FISH}

/** How to load it now, and for every shell to come. */
export const completionHints: Readonly<Record<CompletionShell, readonly string[]>> = {
  bash: ['now: eval "$(pxectl autocomplete bash)"', 'always: pxectl autocomplete bash > ~/.local/share/bash-completion/completions/pxectl'],
  zsh: ['now: eval "$(pxectl autocomplete zsh)"', 'always: pxectl autocomplete zsh > DIR-OF-FPATH/_pxectl'],
  fish: ['now: pxectl autocomplete fish | source', 'always: pxectl autocomplete fish > ~/.config/fish/completions/pxectl.fish'],
}
