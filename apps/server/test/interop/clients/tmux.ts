import { execFileSync } from 'node:child_process'
import { until } from '../../support/waiting.ts'

/** A program in a terminal of its own, by a tmux server that runs nothing else. */
export class Terminal {
  readonly #socket: string

  /** @param socket path of a socket to make; @param command for a shell */
  constructor(socket: string, command: string, environment: NodeJS.ProcessEnv) {
    this.#socket = socket
    const [width, height] = ['200', '60']
    execFileSync(
      'tmux',
      ['-u', '-f', '/dev/null', '-S', socket, 'new-session', '-d', '-x', width, '-y', height, command],
      {
        env: { ...process.env, ...environment, TERM: 'screen-256color', LC_ALL: 'C.UTF-8' },
      },
    )
  }

  /** Types the text and presses Enter. */
  type(text: string): void {
    // tmux reads a ";" at the end of an argument as the end of its command.
    this.#tmux('send-keys', '-l', '--', text.replace(/;$/, '\\;'))
    this.#tmux('send-keys', 'Enter')
  }

  /** What is on the screen. */
  screen(): string {
    return this.running ? this.#tmux('capture-pane', '-p') : ''
  }

  get running(): boolean {
    try {
      this.#tmux('has-session')
      return true
    } catch {
      return false
    }
  }

  /** Waits until the program has ended by itself; ends it otherwise. */
  async end(limit: number): Promise<void> {
    try {
      await until(() => !this.running, limit, 'the end of the program in the terminal', 50)
    } finally {
      if (this.running) this.#tmux('kill-server')
    }
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }
}
