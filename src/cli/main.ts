#!/usr/bin/env node
/** What npm starts as `platform-cache`. */
import { runCli } from './run-cli.ts'
import { processTerminal } from './terminal.ts'

// Not `process.exit`: what was written to a pipe may still be on its way.
process.exitCode = await runCli(process.argv.slice(2), processTerminal())
