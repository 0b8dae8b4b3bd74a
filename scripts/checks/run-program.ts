import { spawn } from 'node:child_process'

export interface Run {
  readonly ok: boolean
  readonly output: string
}
export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds, then the program and its children are killed. 10 minutes by default. */
  readonly timeout?: number
}

/** Runs a program of node_modules/.bin, the running Node.js (`node`), or one at an absolute path; its output, and whether it went well. */
export function runProgram(
  root: string,
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Run> {
  const { cwd = root, env = {}, timeout = 600_000 } = options
  const path =
    program === 'node' ? process.execPath : program.startsWith('/') ? program : `${root}/node_modules/.bin/${program}`
  return new Promise((done) => {
    const child = spawn(path, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const chunks: Buffer[] = []
    const timer = setTimeout(() => {
      chunks.push(Buffer.from(`\nno end after ${timeout / 1000} s: killed\n`))
      if (child.pid) process.kill(-child.pid, 'SIGKILL')
    }, timeout)
    const end = (run: Run) => {
      clearTimeout(timer)
      done(run)
    }
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', (error) => end({ ok: false, output: String(error) }))
    child.on('close', (code) => end({ ok: code === 0, output: Buffer.concat(chunks).toString() }))
  })
}
