#!/usr/bin/env node
import { commands } from './commands/index.ts'
import { runCommand } from './commands/run.ts'

process.exitCode = await runCommand(
  commands,
  { arguments: process.argv.slice(2), environment: process.env },
  {
    print: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
  },
)
