// YAML whose plain values stay as they are written: 080027123456 is a MAC address there, and no number.
import {parseDocument, visit} from 'yaml'

/** Throws with line and column where the text is no YAML. */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) throw error
  visit(document, {
    Scalar: (_, node) => {
      if (node.value !== null && node.source !== undefined) node.value = node.source
    },
  })
  return document.toJS()
}
