// OVMF, the UEFI firmware of QEMU's x64 machines: where it is, and the words that use it. Pure.

/** Where distributions keep OVMF: Debian and Ubuntu, Arch, Fedora. */
export const ovmfPaths = [
  {code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd'},
  {code: '/usr/share/edk2/x64/OVMF_CODE.4m.fd', variables: '/usr/share/edk2/x64/OVMF_VARS.4m.fd'},
  {code: '/usr/share/edk2/ovmf/OVMF_CODE.fd', variables: '/usr/share/edk2/ovmf/OVMF_VARS.fd'},
] as const

/** Code that is only read, and variables that this machine may write. */
export function ovmfArgs({codePath, variablesPath}: {readonly codePath: string; readonly variablesPath: string}): string[] {
  const escaped = (path: string): string => path.replaceAll(',', ',,')
  return [
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${escaped(codePath)}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${escaped(variablesPath)}`],
    ...['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n'],
    // Its network code waits for random numbers.
    ...['-device', 'virtio-rng-pci'],
  ]
}
