import {BaseCommand} from '../../src/cli/base-command.js'
import {migrateDatabase} from '../../src/operations/migrate-database.js'

export default class DbMigrate extends BaseCommand {
  static override summary = 'make the tables of the host database, or bring them to the schema of this pxectl'
  static override description =
    'On a PostgreSQL server only the owner of the schema can do this; pxectl itself needs no more than to read and write the tables.\n' +
    'Several that try at once do it once. A database that is up to date stays as it is.'
  static override examples = [
    '<%= config.bin %> db migrate',
    'PXECTL_LAB_DATABASE=postgres://owner@db.example/labs <%= config.bin %> db migrate',
  ]

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DbMigrate)
    const answer = await migrateDatabase(this.labOptions(flags))
    this.print(`${answer.database} is up to date: ${answer.hosts} hosts`)
    return answer
  }
}
