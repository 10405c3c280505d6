// One partition of a disk image, whatever table it is in.

/** Where a partition lies and what its table says of it. */
export type Partition = {
  /** As Linux numbers them: MBR 1-4, logical ones from 5; the place in the table of a GPT. */
  readonly index: number
  /** MBR: two hexadecimal digits, e.g. `0c`. GPT: the type's GUID in lower case. */
  readonly type: string
  /** Of a GPT; empty in an MBR. The label of its file system is another thing: readFatLabel. */
  readonly name: string
  /** Bytes from the start of the image. */
  readonly offset: number
  /** Bytes; in an image that was cut it may reach beyond the end. */
  readonly length: number
  /** MBR: active. GPT: bootable by a BIOS (attribute bit 2). */
  readonly bootable: boolean
}
