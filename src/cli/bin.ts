#!/usr/bin/env node
import {execute, settings} from '@oclif/core'

// Run what was installed. Without this, NODE_ENV=development in a user's shell
// makes oclif look for TypeScript sources and complain that it finds none.
settings.enableAutoTranspile = false
await execute({dir: import.meta.url})
