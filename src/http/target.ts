// From the request line's target to a file name (RFC 9112 section 3.2). A URL parser will not do: it takes the beginning of
// //boot//x for a host name, and loaders that join a root and a path send exactly that.

/** The percent-decoded path; undefined where it is malformed. Never redirects: some loaders follow none. */
export function parseTarget(target: string): string | undefined {
  if (target.startsWith('/') && !/[%?#]/.test(target)) return target
  // Proxies send the absolute form, http://host/path.
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** A name that can only mean a folder. Resolvers drop empty parts, so /boot.ipxe/ would otherwise give the file. */
export function namesFolder(path: string): boolean {
  const last = path.at(-1)
  return last === '/' || last === '\\' || path.endsWith('/.') || path.endsWith('\\.')
}
