import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { constants as system, tmpdir } from 'node:os'
import { join } from 'node:path'

const SOURCE = join(import.meta.dirname, 'medium/faults.c')
/** What a disk of its own holds: enough for the trial's messages, little enough to be filled in a moment. */
const DISK = '64m'
const DATABASE = 'data/parlour.sqlite'

/** What can be wrong with the medium beneath a database. */
export type MediumFault = 'full' | 'failing' | 'slow'

/** How a fault is brought about here. */
export interface Means {
  /** In words, for the report. */
  readonly how: string
  begin(server: number): void
  end(server: number): void
}

/**
 * A folder for the data of a server whose medium can be made full, failing or slow while it runs: by a file system of its
 * own, by a library that is preloaded, by a limit on the size of files, whatever this machine allows.
 */
export class FaultyMedium implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'parlour-medium-'))
  /** For the server's process. */
  readonly environment: NodeJS.ProcessEnv
  readonly #control = join(this.folder, 'control')
  readonly #disk = join(this.folder, 'disk')
  readonly #library: string | undefined
  readonly #isMounted: boolean

  constructor() {
    mkdirSync(this.#disk)
    this.#set({})
    this.#isMounted = succeeds('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'parlour-medium', this.#disk])
    const library = join(this.folder, 'faults.so')
    const isCompiled = succeeds('gcc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl'])
    this.#library = isCompiled ? library : undefined
    const environment = { PARLOUR_MEDIUM_CONTROL: this.#control, PARLOUR_MEDIUM_FILES: DATABASE }
    this.environment = isCompiled ? { ...environment, LD_PRELOAD: library } : {}
  }

  /** What is to be given to the server as its folder. */
  get disk(): string {
    return this.#disk
  }

  /** `undefined`: it cannot be done on this machine. */
  means(fault: MediumFault): Means | undefined {
    if (fault === 'full') return this.#isMounted ? this.#filled() : this.#preloaded('ENOSPC', { write: 'ENOSPC' })
    if (fault === 'slow') return this.#preloaded('each sync takes a second longer', { delay: 1000 })
    return this.#preloaded('EIO of writes and syncs', { write: 'EIO', sync: 'EIO' }) ?? this.#limited()
  }

  [Symbol.dispose](): void {
    // Lazily: a process that has not quite ended may still hold a file.
    if (this.#isMounted) execFileSync('umount', ['-l', this.#disk])
    rmSync(this.folder, { recursive: true, force: true })
  }

  #filled(): Means {
    const filler = join(this.#disk, 'filler')
    return {
      how: `a disk of ${DISK} that is full`,
      begin: () => fill(filler),
      end: () => rmSync(filler),
    }
  }

  #preloaded(how: string, what: Settings): Means | undefined {
    if (this.#library === undefined) return undefined
    return { how: `${how}, by a preloaded library`, begin: () => this.#set(what), end: () => this.#set({}) }
  }

  /** A file that would grow beyond the limit cannot be written (EFBIG): an I/O error to SQLite. */
  #limited(): Means | undefined {
    if (!succeeds('prlimit', ['--version'])) return undefined
    const limit = (server: number, size: number | string) =>
      execFileSync('prlimit', ['--pid', String(server), `--fsize=${size}:unlimited`])
    return {
      how: 'files that may not grow (RLIMIT_FSIZE); there is no compiler',
      begin: (server) => limit(server, statSync(join(this.#disk, `${DATABASE}-wal`)).size),
      end: (server) => limit(server, 'unlimited'),
    }
  }

  #set({ write, sync, delay = 0 }: Settings): void {
    const numbers = [write, sync].map((name) => (name === undefined ? 0 : system.errno[name]))
    // In place: the server has it mapped.
    const file = openSync(this.#control, constants.O_RDWR | constants.O_CREAT)
    writeSync(file, new Uint8Array(new Int32Array([...numbers, delay]).buffer), 0, 12, 0)
    closeSync(file)
  }
}

interface Settings {
  readonly write?: 'EIO' | 'ENOSPC'
  readonly sync?: 'EIO' | 'ENOSPC'
  /** Milliseconds. */
  readonly delay?: number
}

function succeeds(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'pipe' })
    return true
  } catch {
    // Not there, or not allowed here: another way is taken.
    return false
  }
}

/** Takes all the room that is left. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (let size = 1 << 20; size >= 1; size >>= 4) while (hasRoom(file, size)) {}
  } finally {
    closeSync(file)
  }
}

function hasRoom(file: number, size: number): boolean {
  try {
    return writeSync(file, new Uint8Array(size)) === size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
