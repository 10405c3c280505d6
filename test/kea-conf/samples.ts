// Real configurations of Kea and odd ones of our own; see fixtures/kea-conf/origin.md.
import {readdirSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {parseKeaConf} from '../../src/kea-conf/parse.js'
import type {Document, Node} from '../../src/kea-conf/tree.js'

const folder = fileURLToPath(new URL('../../fixtures/kea-conf/', import.meta.url))

export const samples = readdirSync(folder)
  .filter((name) => !name.endsWith('.md'))
  .map((name) => ({name, bytes: readFileSync(folder + name)}))

/** Parses what must be right. */
export function parsed(bytes: Buffer | string, included: Readonly<Record<string, string>> = {}): Document & {readonly root: Node} {
  const include = (path: string): {path: string; bytes: Buffer} | undefined => {
    const text = included[path]
    return text === undefined ? undefined : {path, bytes: Buffer.from(text)}
  }
  const document = parseKeaConf({path: 'kea.conf', bytes: Buffer.from(bytes)}, include)
  if (document.root === undefined) throw new Error(JSON.stringify(document.problem))
  return {...document, root: document.root}
}

/** The node and all below it. */
export function nodesOf(node: Node): Node[] {
  return [node, ...node.items.flatMap(nodesOf)]
}
