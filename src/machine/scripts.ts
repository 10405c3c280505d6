// The programs that a machine runs to describe itself: one for every sh(1) since POSIX, one for PowerShell since 2.0. Both only read,
// and print parts between markers (sections.ts). What a system does not have stays empty.

/** Read by sh from its input. It is a function, so that an answer never begins before the whole script has arrived. */
export const PROBE_SCRIPT = `probe() {
LC_ALL=C
PATH=$PATH:/sbin:/usr/sbin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin:/opt/local/bin:/opt/ooce/bin
export LC_ALL PATH
say() { printf '\\n@@pxectl %s\\n' "$1"; }
show() { [ -r "$1" ] && printf '%s=%s\\n' "\${1##*/}" "$(cat "$1")"; }
have() { found=$(command -v "$2") && printf '%s=%s\\n' "$1" "$found"; }
say begin
say uname
uname -s
case $(uname -s) in
Linux)
  say meminfo; grep '^MemTotal' /proc/meminfo
  say cpus-online; cat /sys/devices/system/cpu/online
  say cpuinfo; grep -E '^(processor|model name|cpu model|Hardware)[[:space:]]*:' /proc/cpuinfo
  say lscpu; lscpu | grep -E '^(CPU|Model name)'
  say memory-blocks; cat /sys/devices/system/memory/block_size_bytes
  cat /sys/devices/system/memory/memory[0-9]*/online | grep -c 1
  say cgroup
  for file in cpu.max memory.max cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us memory/memory.limit_in_bytes; do show "/sys/fs/cgroup/$file"; done ;;
Darwin)
  say sysctl; sysctl hw.memsize hw.logicalcpu machdep.cpu.brand_string ;;
FreeBSD)
  say sysctl; sysctl hw.physmem hw.realmem hw.ncpu hw.model ;;
SunOS)
  say prtconf; prtconf | grep '^Memory size'
  say psrinfo; psrinfo
  say kstat; kstat -p 'cpu_info:0::brand' ;;
MINGW*|MSYS*|CYGWIN*)
  POWERSHELL ;;
esac
say hypervisors
have virtualbox VBoxManage
have vmware vmrun
for program in '/Applications/VMware Fusion.app/Contents/Library/vmrun' '/Applications/VMware Fusion.app/Contents/Public/vmrun'; do
  [ -x "$program" ] && printf 'vmware=%s\\n' "$program"
done
for machine in "$(uname -m)" x86_64 aarch64; do have qemu "qemu-system-$machine"; done
have bhyve bhyve
[ -e /dev/kvm ] && echo kvm=/dev/kvm
say end
}
probe </dev/null 2>/dev/null
exit 0
`

/** Get-WmiObject is what PowerShell had before 3.0 and no longer has since 6.0. */
const POWERSHELL_SCRIPT = `$ProgressPreference = 'SilentlyContinue'
function Ask($class) { if (Get-Command Get-CimInstance -ErrorAction SilentlyContinue) { Get-CimInstance $class } else { Get-WmiObject $class } }
function Say($name) { ''; '@@pxectl ' + $name }
Say 'begin'
Say 'uname'
'Windows'
Say 'cim'
$system = Ask Win32_ComputerSystem
'TotalPhysicalMemory=' + $system.TotalPhysicalMemory
'NumberOfLogicalProcessors=' + $system.NumberOfLogicalProcessors
'Name=' + @(Ask Win32_Processor)[0].Name
'Capacity=' + (Ask Win32_PhysicalMemory | Measure-Object Capacity -Sum).Sum
Say 'hypervisors'
foreach ($try in @('virtualbox', 'Oracle\\VirtualBox\\VBoxManage.exe'), @('vmware', 'VMware\\VMware Workstation\\vmrun.exe')) {
  foreach ($folder in $env:ProgramFiles, \${env:ProgramFiles(x86)}) {
    if ($folder -and (Test-Path (Join-Path $folder $try[1]))) { $try[0] + '=' + (Join-Path $folder $try[1]) }
  }
}
Say 'end'
`

/** A command line for cmd.exe, PowerShell and sh alike: PowerShell takes scripts as base64 of UTF-16LE (about_PowerShell_exe). */
export const POWERSHELL_LINE = `powershell -NoProfile -NonInteractive -EncodedCommand ${Buffer.from(POWERSHELL_SCRIPT, 'utf16le').toString('base64')}`

/** The script for sh, which hands over to PowerShell where sh is one of Git's or Cygwin's. */
export const SHELL_SCRIPT = PROBE_SCRIPT.replace('POWERSHELL', POWERSHELL_LINE.replace('powershell', 'powershell.exe'))

/**
 * For whatever shell a login gives: sh runs the script from its input and ends with 0; cmd.exe finds no sh and goes on behind "||",
 * which it has in common with every shell of Unix. (A Windows PowerShell takes offence at it: probe.ts asks again.)
 */
export const LOGIN_LINE = `sh -s || ${POWERSHELL_LINE}`
