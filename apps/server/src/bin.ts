#!/usr/bin/env node
import { commands } from './commands/index.ts'
import { runCommand } from './commands/run.ts'

process.exitCode = await runCommand(
  commands,
  process.argv.slice(2),
  (line) => void process.stdout.write(`${line}\n`),
  (line) => void process.stderr.write(`${line}\n`),
)
