import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fault that the person at the terminal can mend; shown without a stack. */
export class BenchError extends Error {
  readonly code = 'bench'
}

export interface Lab extends AsyncDisposable {
  /** Where data, certificates and caches are. */
  readonly folder: string
  /** The built load generator, with the scripts of the peers. */
  readonly tools: string
}

interface Ran {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], cwd: string, environment = {}): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk))
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk))
    child.on('error', (error) => fail(new BenchError(`${program} does not run: ${error.message}`, { cause: error })))
    // Not `close`: a peer that has been started keeps the pipes.
    child.on('exit', (code) => setTimeout(() => done({ code, output, errors }), 20))
  })
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Builds the load generator in a folder of its own, the certificate that all servers present, and the table of hosts. */
export async function openLab(source: string, keep: string | undefined, hosts: string): Promise<Lab> {
  if (!(await exists(join(source, 'xload.c'))))
    throw new BenchError(`the load generator is not at ${source}.
It is no part of this repository: name the folder that has xload.c and peers/ with
  pnpm bench:peers --lab FOLDER     or     PARLOUR_LOAD_LAB=FOLDER pnpm bench:peers
and install what it and the peers need:
  apt-get install gcc make libssl-dev openssl prosody ejabberd`)
  const folder = keep ?? (await mkdtemp(join(tmpdir(), 'parlour-peers-')))
  const tools = join(folder, 'lab')
  await mkdir(folder, { recursive: true })
  await cp(source, tools, { recursive: true })
  // The source may be read-only, and so its copy.
  await expectSuccess('chmod', ['-R', 'u+w', tools], folder)
  await expectSuccess('make', ['-s', 'xload'], tools)
  await writeFile(join(folder, 'hosts'), hosts)
  await expectSuccess('bash', ['-c', '. peers/common.sh; certs'], tools, { LAB: folder })
  return {
    folder,
    tools,
    [Symbol.asyncDispose]: async () => {
      if (keep === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

async function expectSuccess(program: string, args: readonly string[], cwd: string, environment = {}): Promise<void> {
  const { code, output, errors } = await run(program, args, cwd, environment)
  if (code !== 0) throw new BenchError(`${program} ${args.join(' ')} failed in ${cwd}:\n${output}${errors}`)
}
