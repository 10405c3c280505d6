import {expect, test} from 'vitest'
import {complete, type CompletionCommand} from '../../src/cli/completion.js'

const flag = (name: string, rest: Partial<CompletionCommand['flags'][number]> = {}): CompletionCommand['flags'][number] => ({
  name,
  type: 'option',
  allowNo: false,
  options: [],
  ...rest,
})
const command = (id: string, ...flags: CompletionCommand['flags'][number][]): CompletionCommand => ({id, aliases: [], hidden: false, flags})

const COMMANDS: CompletionCommand[] = [
  {...command('add-host', flag('image'), flag('firmware', {options: ['bios', 'uefi']})), aliases: ['host:add']},
  command('host:list'),
  command('host:show'),
  command('help'),
  command('up', flag('yes', {type: 'boolean', char: 'y'}), flag('live', {type: 'boolean', allowNo: true}), flag('output', {char: 'o'})),
  {...command('dhcp:ask'), hidden: true},
  command('dhcp:apply'),
  command('menu:show'),
  command('config:set'),
]

function check(line: string, words: readonly string[], values?: string): void {
  test(JSON.stringify(line), () => {
    expect(complete(line.split(' '), COMMANDS)).toEqual({words, ...(values === undefined ? {} : {values})})
  })
}

check('', ['add-host', 'config', 'dhcp', 'help', 'host', 'menu', 'up'])
check('ho', ['add-host', 'config', 'dhcp', 'help', 'host', 'menu', 'up'])
check('host ', ['add', 'list', 'show'])
check('dhcp ', ['apply'])
check('host show ', [], 'hosts')
check('host show tk', [], 'hosts')
check('menu show ', ['default'], 'hosts')
check('config set ', [], 'settings')
check('add-host --', ['--firmware', '--image'])
check('add-host tk2 --image ', [], 'images')
check('host add tk2 --image ', [], 'images')
check('add-host tk2 --firmware ', ['bios', 'uefi'])
check('up ', [], 'files')
check('up -', ['--live', '--no-live', '--output', '--yes'])
check('up -o ', [], 'files')
check('up --yes ', [], 'files')
check('help host ', ['add', 'list', 'show'])
check('nonsense ', [])
