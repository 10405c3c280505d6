// What the commands of lab files share: which files, and how the lab is found.
import {Args} from '@oclif/core'
import type {OpenLabOptions} from '../lab/open-lab.js'
import type {LabFileRequest} from '../operations/open-lab-file.js'

export const labFileArgs = {
  file: Args.string({description: 'the lab file, and others that belong to it (default: lab.yaml in this folder)'}),
}

export function labFileRequest(argv: readonly unknown[], search: OpenLabOptions): LabFileRequest {
  return {files: argv.map(String), search}
}
