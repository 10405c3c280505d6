// What PXELINUX boots by itself from a configuration: ours, or one written by hand. Reads far more than it understands.
//
//   DEFAULT linux
//   LABEL linux
//     KERNEL images/debian/vmlinuz
//     INITRD images/debian/initrd.img
//     APPEND console=ttyS0,115200          (or with initrd=FILE,FILE in it)

/** The default entry. Paths are as written. */
export type PxelinuxChoice =
  | {readonly kind: 'linux'; readonly label: string; readonly kernel: string; readonly initrds: readonly string[]; readonly args: string}
  | {readonly kind: 'local'; readonly label: string}
  /** mboot.c32 with a kernel and its modules; `files` are these, in order. */
  | {readonly kind: 'multiboot'; readonly label: string; readonly loader: string; readonly files: readonly string[]}
  /** VMware's mboot.c32, which reads the rest from its boot.cfg. */
  | {readonly kind: 'esxi'; readonly label: string; readonly loader: string; readonly config: string}
  /** Something that this reader does not follow further, such as another loader. */
  | {readonly kind: 'other'; readonly label: string; readonly kernel: string; readonly args: string}

type Label = {readonly name: string; kernel?: string; as?: 'linux' | 'pxe'; initrds?: string[]; append?: string; local?: boolean}

type Config = {defaultLabel?: string; menuDefault?: string; append?: string; readonly labels: Label[]}

/** The entry that boots when nobody touches the keyboard; undefined where the configuration has none. */
export function findPxelinuxDefault(text: string): PxelinuxChoice | undefined {
  const config = readConfig(text)
  const wanted = config.menuDefault ?? config.defaultLabel ?? config.labels[0]?.name
  if (wanted === undefined) return undefined
  const label = config.labels.find((candidate) => candidate.name === wanted.split(' ')[0]) ?? impliedLabel(wanted)
  return choiceOf(label, config.append)
}

/** DEFAULT may be a command line, `vmlinuz root=/dev/sda1`, instead of a label. */
function impliedLabel(commandLine: string): Label {
  const [kernel = '', ...args] = commandLine.split(' ')
  return {name: kernel, kernel, append: args.join(' ')}
}

function choiceOf(label: Label, globalAppend: string | undefined): PxelinuxChoice {
  if (label.local === true) return {kind: 'local', label: label.name}
  const kernel = label.kernel ?? label.name
  const append = label.append ?? globalAppend ?? ''
  if (/(?:^|\/)mboot\.c32$/i.test(kernel)) return mbootChoice(label.name, kernel, append)
  const isOther = label.as === 'pxe' || (label.as === undefined && /\.(?:c32|0|bin|bs|bss|com|cbt|img)$/i.test(kernel))
  if (isOther) return {kind: 'other', label: label.name, kernel, args: append}
  const fromArgs = /(?:^| )initrd=(\S+)/.exec(append)?.[1]
  const initrds = label.initrds ?? fromArgs?.split(',') ?? []
  const args = fromArgs === undefined ? append : append.replace(/(?:^| )initrd=\S+/, '').replace(/^ /, '')
  return {kind: 'linux', label: label.name, kernel, initrds, args}
}

/** `-c boot.cfg`, or the kernel and the modules with three hyphens between them. */
function mbootChoice(label: string, loader: string, append: string): PxelinuxChoice {
  const config = /(?:^| )-c +(\S+)/.exec(append)?.[1]
  if (config !== undefined) return {kind: 'esxi', label, loader, config}
  const files = append.split(/ +--- +/).map((part) => part.split(' ')[0] ?? '')
  return {kind: 'multiboot', label, loader, files: files.filter((file) => file !== '')}
}

function readConfig(text: string): Config {
  const config: Config = {labels: []}
  for (const line of text.split(/\r?\n/)) {
    const [, keyword = '', rest = ''] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line) ?? []
    readDirective(config, keyword.toLowerCase(), rest)
  }
  return config
}

function readDirective(config: Config, keyword: string, rest: string): void {
  const label = config.labels.at(-1)
  switch (keyword) {
    case 'label':
      config.labels.push({name: rest})
      return
    case 'default':
    case 'ontimeout':
      config.defaultLabel = rest
      return
    case 'append':
      if (label === undefined) config.append = rest
      else label.append = rest === '-' ? '' : rest
      return
    case 'menu':
      if (label !== undefined && /^default$/i.test(rest)) config.menuDefault = label.name
      return
    case 'kernel':
    case 'linux':
    case 'pxe':
      if (label !== undefined) Object.assign(label, {kernel: rest}, keyword === 'kernel' ? {} : {as: keyword})
      return
    case 'initrd':
      if (label !== undefined) label.initrds = rest.split(',')
      return
    case 'localboot':
      if (label !== undefined) label.local = true
      return
  }
}
