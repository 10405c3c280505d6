import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {copyDatabase} from '../../src/operations/copy-database.js'

export default class DbCopy extends BaseCommand {
  static override summary = 'copy the host database to another place: a SQLite file, or a PostgreSQL server'
  static override description =
    'Hosts, machines, VMs and what lab files made are copied; the place must have no hosts yet. The lab goes on using its own\n' +
    'database until lab.database names the other one. Nobody can change hosts meanwhile.'
  static override examples = [
    '<%= config.bin %> db copy postgres://pxectl@db.example/labs',
    "<%= config.bin %> db copy 'postgres:///labs?host=/run/postgresql&schema=lab2'",
    '<%= config.bin %> db copy pxe-2026-12-01.db',
  ]
  static override args = {
    to: Args.string({
      description: 'a path, or postgres://USER@SERVER/DATABASE; its parameter schema names the lab (default pxectl)',
      required: true,
    }),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(DbCopy)
    const answer = await copyDatabase(await this.openLab(flags), args.to)
    this.print(`copied ${answer.hosts} hosts, ${answer.machines} machines and ${answer.vms} VMs to ${answer.to}`)
    this.print(`to use it: pxectl config set lab.database '${answer.to}'`)
    return answer
  }
}
