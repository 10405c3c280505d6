#!/usr/bin/env node
import {fileURLToPath} from 'node:url'
import {execute, settings} from '@oclif/core'
import {needsAscii, writeAscii} from './ascii-terminal.js'

// Run what was installed. Without this, NODE_ENV=development in a user's shell
// makes oclif look for TypeScript sources and complain that it finds none.
settings.enableAutoTranspile = false
if (needsAscii(process.env, process.platform)) for (const stream of [process.stdout, process.stderr]) writeAscii(stream)
// pxectl has no plugins of the user's: looking for them costs time, and fails where HOME is somebody else's.
await execute({
  loadOptions: {root: fileURLToPath(new URL('../../..', import.meta.url)), userPlugins: false, devPlugins: false, jitPlugins: false},
})
