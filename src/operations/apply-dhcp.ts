// Makes the DHCP configuration what the database and the settings say, or shows what that would change.
import type {Lab} from '../lab/open-lab.js'
import {changeLab, type Changed, type ChangeOptions} from './change-lab.js'
import {planDesired} from './dhcp-desired.js'
import {renderFileDiff, type FileDiff} from './file-diff.js'

export type DhcpDifference = {readonly changed: boolean; readonly files: readonly FileDiff[]; readonly warnings: readonly string[]}

/** The whole transaction: candidate, test, backup, swap, restart, check; nothing happens where nothing differs. */
export async function applyDhcp(lab: Lab, options: ChangeOptions): Promise<DhcpDifference> {
  return difference(
    await changeLab(lab, options, async () => ({
      change: {hosts: [], dhcp: await planDesired(lab), bootFiles: new Map()},
      answer: undefined,
    })),
  )
}

/** What `applyDhcp` would change. */
export async function diffDhcp(lab: Lab): Promise<DhcpDifference> {
  return applyDhcp(lab, {dryRun: true})
}

function difference(changed: Changed<undefined>): DhcpDifference {
  const files = (changed.plan.dhcp?.files ?? []).map(renderFileDiff)
  return {changed: files.length > 0, files, warnings: changed.warnings}
}
