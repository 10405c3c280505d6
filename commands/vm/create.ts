import {randomInt} from 'node:crypto'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {withProgress} from '../../src/cli/progress.js'
import {parseMachine, placeFlags} from '../../src/cli/vm-flags.js'
import {renderVm} from '../../src/cli/vm-text.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseHostMac} from '../../src/net/mac.js'
import {createVm} from '../../src/operations/create-vm.js'
import type {NewVm} from '../../src/operations/new-vm.js'
import {nicModels, osTypes, parseDisk, parseNetwork, parsePercent, parseSerial, parseSizeMiB} from '../../src/operations/vm-values.js'

export default class VmCreate extends BaseCommand {
  static override summary = 'make a virtual machine that boots from the network, as large as a real one'
  static override description =
    'Its MAC address is that of the host of its name; --mac gives another one, --add-host makes the host with it. CPUs and memory are\n' +
    'those given, those of the machine that is referred to (80 % of the memory), or vm.cpus and vm.memory. All of it is made, or nothing.'
  static override examples = [
    '<%= config.bin %> vm create tk2vm --refer-physical-machine tk2 --start',
    '<%= config.bin %> vm create tk3 --add-host --cpus 4 --memory 8G --network bridged:br0',
    '<%= config.bin %> vm create tk4 --hypervisor qemu --on rack1 --firmware uefi --disk 20G --dry-run',
  ]
  static override args = {name: Args.string({description: 'name of the new VM, usually that of its host', required: true})}
  static override flags = {
    ...changeFlags,
    ...placeFlags,
    'refer-physical-machine': Flags.string({description: 'the machine whose size it is to have; localhost is this one', helpValue: 'HOST'}),
    'memory-percent': Flags.string({
      description: 'how much of the memory of that machine, in percent (default: 80)',
      dependsOn: ['refer-physical-machine'],
    }),
    timeout: Flags.integer({description: 'seconds that asking that machine may take', default: 20, min: 1, max: 3600}),
    cpus: Flags.integer({description: 'its CPUs', min: 1, max: 1024}),
    memory: Flags.string({description: 'its memory in MiB, or with a unit', helpValue: '4G'}),
    vram: Flags.string({description: 'its video memory in MiB (default: vm.vram)', helpValue: '64'}),
    mac: Flags.string({description: 'MAC address of its card, where there is no host of its name', helpValue: '08:00:27:12:34:56'}),
    network: Flags.string({
      description:
        'its network: bridged:IF, hostonly:IF, internal:NAME, nat, natnetwork:NAME, vmnet:vmnetN, tap:TAP or udp:PORT:HOST:PORT (default: vm.network)',
      helpValue: 'bridged:br0',
    }),
    disk: Flags.string({description: 'a disk of this size; may be given several times (default: none)', helpValue: '20G', multiple: true}),
    firmware: Flags.option({options: ['bios', 'uefi'] as const, description: "its firmware (default: the host's, else bios)"})(),
    nic: Flags.option({options: nicModels, description: 'its network card (default: the one that the hypervisor boots best from)'})(),
    'os-type': Flags.string({
      description: `what will run on it: ${osTypes.join(', ')}, or a name that the hypervisor knows`,
      default: 'linux',
    }),
    serial: Flags.string({
      description:
        'its serial line: socket, file or none, with :PATH if it is to be a certain one (default: file with VirtualBox, else socket)',
    }),
    'screen-port': Flags.integer({description: 'TCP port of its screen: VRDE with VirtualBox, VNC with the others', min: 1, max: 65_535}),
    'add-host': Flags.boolean({description: 'make the host of its name too, where there is none', default: false}),
    ip: Flags.string({description: 'IPv4 address of that host', helpValue: '192.168.56.21', dependsOn: ['add-host']}),
    image: Flags.string({description: 'image that host boots', helpValue: 'debian12', dependsOn: ['add-host']}),
    start: Flags.boolean({description: 'start it', default: false}),
    headless: Flags.boolean({description: 'start it without a window (the default)', default: false, exclusive: ['gui']}),
    gui: Flags.boolean({description: 'start it in a window', default: false}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(VmCreate)
    const given = <Key extends string, T>(key: Key, value: T | undefined): {[key in Key]?: T} =>
      (value === undefined ? {} : {[key]: value}) as {[key in Key]?: T}
    const wanted: NewVm = {
      name: args.name,
      ...given('refer', flags['refer-physical-machine']),
      ...given('memoryPercent', flags['memory-percent'] === undefined ? undefined : parsePercent(flags['memory-percent'])),
      ...given('cpus', flags.cpus),
      ...given('memoryMiB', flags.memory === undefined ? undefined : parseSizeMiB(flags.memory, '--memory')),
      ...given('vramMiB', flags.vram === undefined ? undefined : parseSizeMiB(flags.vram, '--vram')),
      ...given('mac', flags.mac === undefined ? undefined : parseHostMac(flags.mac)),
      ...given('network', flags.network === undefined ? undefined : parseNetwork(flags.network)),
      disks: (flags.disk ?? []).map(parseDisk),
      ...given('firmware', flags.firmware),
      ...given('nic', flags.nic),
      osType: flags['os-type'],
      ...given('serial', flags.serial === undefined ? undefined : parseSerial(flags.serial)),
      ...given('screenPort', flags['screen-port']),
      ...given('hypervisor', flags.hypervisor),
      machine: parseMachine(flags),
      addHost: flags['add-host'],
      ...given('ip', flags.ip === undefined ? undefined : parseIpv4(flags.ip)),
      ...given('image', flags.image),
      start: !flags.start ? 'no' : flags.gui ? 'gui' : 'headless',
    }
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    const answer = await withProgress(`create ${args.name}`, {quiet: this.jsonEnabled()}, (onProgress) =>
      createVm(lab, wanted, {dryRun, random: randomInt, now: () => new Date(), timeoutMs: flags.timeout * 1000, onProgress}),
    )
    for (const note of this.jsonEnabled() ? [] : answer.notes) this.note(note)
    this.print(dryRun ? answer.steps.join('\n') : renderVm(answer.vm))
    return {...answer, dryRun}
  }
}
