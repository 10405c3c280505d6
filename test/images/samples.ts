// Headers of programs that boot, made by hand from their specifications.

/** A Linux/x86 kernel by its boot protocol: signature, "HdrS", and the version text that 0x20e points to. */
export function bzImage(version: string, options: {efi?: boolean; text?: string; sizeBytes?: number} = {}): Buffer {
  const bytes = Buffer.alloc(options.sizeBytes ?? 0x3000)
  bytes.writeUInt16LE(0xaa55, 0x1fe)
  bytes.write('HdrS', 0x202, 'latin1')
  bytes.writeUInt16LE(0x400 - 0x200, 0x20e)
  bytes.write(`${version}\0`, 0x400, 'latin1')
  if (options.efi === true) writePe(bytes, 0x80)
  bytes.write(options.text ?? '', 0x800, 'latin1')
  return bytes
}

/** A PE program for EFI: the subsystem of applications. */
export function efiProgram(text = ''): Buffer {
  const bytes = Buffer.alloc(0x2000)
  writePe(bytes, 0x80)
  bytes.write(text, 0x1000, 'latin1')
  return bytes
}

function writePe(bytes: Buffer, at: number): void {
  bytes.write('MZ', 0, 'latin1')
  bytes.writeUInt32LE(at, 0x3c)
  bytes.write('PE\0\0', at, 'latin1')
  bytes.writeUInt16LE(10, at + 24 + 68)
}

/** The published layout of a platform tarball, with other bytes. */
export const PLATFORM = 'platform-20140207T053435Z'

export function platformFiles(folder: string = PLATFORM): Record<string, string> {
  return {
    [`${folder}/i86pc/kernel/amd64/unix`]: 'the kernel',
    [`${folder}/i86pc/amd64/boot_archive`]: 'the boot archive',
    // sha1sum of "the boot archive".
    [`${folder}/i86pc/amd64/boot_archive.hash`]: '0f0c2b73324d228a31863ca870b3b9af20e993ca\n',
    [`${folder}/i86pc/amd64/boot_archive.manifest`]: 'f etc/passwd 0644 root sys\n',
    [`${folder}/root.password`]: 'published\n',
  }
}

/** As on an installer of ESXi 7: names with a leading slash, in lower case where the medium has capitals. */
export const BOOT_CFG = `bootstate=0
title=Loading ESXi installer
timeout=5
prefix=
kernel=/b.b00
kernelopt=runweasel cdromBoot
modules=/jumpstrt.gz --- /useropts.gz --- /s.v00
build=7.0.3-0.0.18644231
updated=0
`

export const ESXI_FILES: Readonly<Record<string, string>> = {
  'BOOT.CFG': BOOT_CFG,
  'B.B00': 'kernel',
  'JUMPSTRT.GZ': 'one',
  'USEROPTS.GZ': 'two',
  'S.V00': 'three',
  'MBOOT.C32': 'mboot',
  'EFI/BOOT/BOOTX64.EFI': 'mboot for efi',
  'EFI/BOOT/CRYPTO64.EFI': 'crypto',
  'ISOLINUX.CFG': 'not needed',
}

export const HYPERVISOR1: Readonly<Record<string, string>> = {
  'VMKERNEL.GZ': 'vmkernel',
  'BINMOD.TGZ': 'binmod',
  'ENVIRON.TGZ': 'environ',
  'CIM.TGZ': 'cim',
  'OEM.TGZ': 'oem',
  'LICENSE.TGZ': 'license',
  'BOOT.CFG': 'not of ESX 3i',
}
