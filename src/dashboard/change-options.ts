// What every change can be told in its query, as every changing command has --dry-run.
import type {Fields} from './fields.js'

/** `?dryRun=true` shows what would change; `?restart=false` leaves the DHCP server running with what it has. */
export function changeOptions(query: Fields): {readonly dryRun: boolean; readonly restart: boolean} {
  const options = {dryRun: query.flag('dryRun') ?? false, restart: query.flag('restart') ?? true}
  query.checkUnasked()
  return options
}
