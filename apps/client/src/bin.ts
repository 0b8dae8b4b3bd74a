#!/usr/bin/env node
import { commands } from './commands/index.ts'
import { runCommand } from './commands/run.ts'

// Whoever reads the output may go away, as `head` does: nobody is left to tell.
for (const output of [process.stdout, process.stderr])
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })

process.exitCode = await runCommand(
  commands,
  { arguments: process.argv.slice(2), environment: process.env },
  {
    print: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
  },
)
