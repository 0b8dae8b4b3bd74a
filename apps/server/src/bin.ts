#!/usr/bin/env node
import { commands } from './commands/index.ts'
import { runCommand } from './commands/run.ts'

process.exitCode = await runCommand(commands, process.argv.slice(2), {
  input: process.stdin,
  output: process.stdout,
  errorOutput: process.stderr,
  environment: process.env,
  folder: process.cwd(),
})
