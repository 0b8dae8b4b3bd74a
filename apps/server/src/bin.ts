#!/usr/bin/env node
import { commands } from './commands/index.ts'
import { runCommand } from './commands/run.ts'

// Whoever reads the output may go away, as `head` does, and the disk of a log may be full: a server goes on all the same;
// for a command nobody is left to tell.
const isServer = process.argv[2] === 'start'
for (const output of [process.stdout, process.stderr])
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (isServer) return
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })

process.exitCode = await runCommand(commands, process.argv.slice(2), {
  input: process.stdin,
  output: process.stdout,
  errorOutput: process.stderr,
  environment: process.env,
  folder: process.cwd(),
})
