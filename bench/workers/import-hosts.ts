// Reads a CSV of hosts and writes them into a new host database. Runs in plain node with the built program (ground.ts).
type Task = {readonly distUrl: string; readonly csv: string; readonly database: string; readonly now: string}

const {distUrl, csv, database, now} = JSON.parse(process.argv[2]!) as Task
const {readHostFile} = (await import(`${distUrl}hosts/import.js`)) as typeof import('../../src/hosts/import.js')
const {openSqliteStore} = (await import(`${distUrl}hosts/sqlite-store.js`)) as typeof import('../../src/hosts/sqlite-store.js')

const {rows, problems} = await readHostFile(csv)
if (problems.length > 0) throw new Error(problems[0]!.message)
const store = await openSqliteStore(database, {create: true})
await store.write(
  rows.map((row) => ({kind: 'add', host: {...row, createdAt: now, updatedAt: now}})),
  'bench',
)
await store.close()
