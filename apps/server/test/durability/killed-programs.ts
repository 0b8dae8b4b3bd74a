import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { KILLED_DOMAIN, type KilledProgram, readPem } from './killed-peer.ts'

/** Debian's Prosody, everything in SQLite. */
export const prosody: KilledProgram = {
  name: 'Prosody',
  prepare(folder, directTls) {
    const tls = `{ certificate = "${folder}/certificate.pem", key = "${folder}/key.pem" }`
    const modules = 'roster saslauth tls disco ping register presence message iq offline posix carbons smacks mam'
    const lines = [
      'run_as_root = true',
      `pidfile = "${folder}/prosody.pid"`,
      `data_path = "${folder}/data"`,
      'interfaces = { "127.0.0.1" }',
      'c2s_ports = { }',
      `c2s_direct_tls_ports = { ${directTls} }`,
      'c2s_direct_tls_interfaces = { "127.0.0.1" }',
      's2s_ports = { }',
      'http_ports = { }',
      'https_ports = { }',
      'modules_disabled = { "s2s", "limits" }',
      `modules_enabled = { ${modules.split(' ').map((name) => `"${name}"`)} }`,
      'default_archive_policy = true',
      'allow_registration = true',
      'authentication = "internal_hashed"',
      'storage = "sql"',
      `sql = { driver = "SQLite3", database = "${folder}/data/prosody.sqlite" }`,
      `log = { { levels = { min = "info" }, to = "file", filename = "${folder}/prosody.log" } }`,
      `ssl = ${tls}`,
      `c2s_direct_tls_ssl = ${tls}`,
      `VirtualHost "${KILLED_DOMAIN}"`,
    ]
    writeFileSync(`${folder}/prosody.cfg.lua`, `${lines.join('\n')}\n`)
    // Not Debian's wrapper: what is killed must be the server itself.
    const lua = ['lua5.4', '/usr/bin/prosody', '-F', '--config', `${folder}/prosody.cfg.lua`]
    return { command: lua[0] as string, args: lua.slice(1), environment: {} }
  },
}

function createTables(file: string): void {
  using database = new DatabaseSync(file)
  database.exec(readFileSync(SCHEMA, 'utf8'))
}

const SCHEMA = '/usr/share/ejabberd/sql/lite.sql'

/** Debian's ejabberd, archive and offline messages in SQLite. */
export const ejabberd: KilledProgram = {
  name: 'ejabberd',
  prepare(folder, directTls) {
    writeFileSync(`${folder}/both.pem`, readPem(folder, 'certificate') + readPem(folder, 'key'))
    const database = `${folder}/data/ejabberd.sqlite`
    if (!existsSync(database)) createTables(database)
    const modules = ['mod_disco', 'mod_ping', 'mod_roster', 'mod_carboncopy', 'mod_offline: { db_type: sql }']
    const lines = [
      'loglevel: warning',
      `hosts: ["${KILLED_DOMAIN}"]`,
      `certfiles: ["${folder}/both.pem"]`,
      'acme: { auto: false }',
      'auth_method: internal',
      'auth_password_format: scram',
      'registration_timeout: infinity',
      'sql_type: sqlite',
      `sql_database: "${database}"`,
      'listen:',
      `  - { port: ${directTls}, ip: "127.0.0.1", module: ejabberd_c2s, tls: true, access: all, shaper: none }`,
      'modules:',
      ...modules.map((name) => (name.includes(':') ? `  ${name}` : `  ${name}: {}`)),
      '  mod_stream_mgmt: { resend_on_timeout: true }',
      '  mod_mam: { default: always, db_type: sql, assume_mam_usage: false }',
      '  mod_register: { ip_access: all, access: all, welcome_message: {} }',
    ]
    writeFileSync(`${folder}/ejabberd.yml`, `${lines.join('\n')}\n`)
    const environment = {
      EJABBERD_CONFIG_PATH: `${folder}/ejabberd.yml`,
      EJABBERD_LOG_PATH: `${folder}/ejabberd.log`,
      EJABBERD_PID_PATH: `${folder}/ejabberd.pid`,
      ERL_CRASH_DUMP_BYTES: '0',
      ERL_LIBS: dirname(globSync('/usr/lib/*/ejabberd-*')[0] ?? '/usr/lib'),
    }
    const args = ['-noshell', '-noinput', '-mnesia', 'dir', `"${join(folder, 'data', 'mnesia')}"`, '-s', 'ejabberd']
    // `erl` is a script that ends by becoming the machine itself.
    return { command: 'erl', args, environment }
  },
}
