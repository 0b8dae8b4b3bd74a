import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** What is the same of every ejabberd of these tests, whatever it is to do. */
export interface EjabberdPlan {
  /** With `certificate.pem` and `key.pem`. */
  readonly folder: string
  readonly domain: string
  /** Folder of its own database. */
  readonly mnesia: string
  /** Where accounts are kept. Default `internal`, which is Mnesia. */
  readonly accounts?: 'internal' | 'sql'
  /** Lines of its configuration: log level, listeners and modules, and what else there is. */
  readonly lines: readonly string[]
}

/** Writes the configuration of Debian's ejabberd; @returns how it is started in one Erlang machine without distribution */
export function prepareEjabberd({ folder, domain, mnesia, accounts = 'internal', lines }: EjabberdPlan) {
  const [certificate, key] = ['certificate', 'key'].map((name) => readFileSync(`${folder}/${name}.pem`, 'utf8'))
  writeFileSync(`${folder}/both.pem`, `${certificate}${key}`)
  const common = [
    `hosts: ["${domain}"]`,
    `certfiles: ["${folder}/both.pem"]`,
    'acme: { auto: false }',
    `auth_method: ${accounts}`,
    'auth_password_format: scram',
    'registration_timeout: infinity',
  ]
  writeFileSync(`${folder}/ejabberd.yml`, `${[...common, ...lines].join('\n')}\n`)
  const environment = {
    EJABBERD_CONFIG_PATH: `${folder}/ejabberd.yml`,
    EJABBERD_LOG_PATH: `${folder}/ejabberd.log`,
    EJABBERD_PID_PATH: `${folder}/ejabberd.pid`,
    ERL_CRASH_DUMP_BYTES: '0',
    // Debian puts Erlang's libraries below the folder of the machine's architecture.
    ERL_LIBS: dirname(globSync('/usr/lib/*/ejabberd-*')[0] ?? '/usr/lib'),
  }
  const args = ['-noshell', '-noinput', '-mnesia', 'dir', `"${mnesia}"`, '-s', 'ejabberd']
  // `erl` is a script that ends by becoming the machine itself.
  return { command: 'erl', args, environment }
}
