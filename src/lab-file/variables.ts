// ${NAME} in the texts of a lab.yaml: a variable of the file, ${env.NAME} of the environment, ${n} of a group; ${NAME:-text} has a
// default; $${ stands for ${ itself.

export type Variables = {
  readonly vars: ReadonlyMap<string, string>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Names that get their value later, and stay as they are now. */
  readonly later?: ReadonlySet<string>
}

const HOLE = /\$(\$\{)|\$\{([^}]*)\}|\$\{/g
const NAME = /^(env\.)?([A-Za-z_][A-Za-z0-9_-]*)(?::-(.*))?$/

/** The text with its variables filled in; `report` is told of those that nobody knows. */
export function fillIn(text: string, variables: Variables, report: (message: string) => void): string {
  return text.replace(HOLE, (whole, escaped: string | undefined, inner: string | undefined) => {
    if (escaped !== undefined) return variables.later === undefined ? '${' : whole
    const [, env, name, standard] = (inner === undefined ? undefined : NAME.exec(inner)) ?? []
    if (name === undefined) {
      report(`${JSON.stringify(whole)} is no variable: write \${NAME}, \${env.NAME} or \${NAME:-text}, or $\${ for the two characters`)
      return whole
    }
    if (env === undefined && variables.later?.has(name) === true) return whole
    const value = env === undefined ? variables.vars.get(name) : variables.environment[name]
    if (value !== undefined && (value !== '' || standard === undefined)) return value
    if (standard !== undefined) return standard
    report(env === undefined ? `there is no variable ${name}: define it under vars` : `the environment variable ${name} is not set`)
    return whole
  })
}
