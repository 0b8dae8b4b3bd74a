import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { prepareEjabberd } from '../support/ejabberd.ts'
import { KILLED_DOMAIN, type KilledProgram } from './killed-peer.ts'

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

/**
 * Debian's ejabberd, everything in SQLite that it can keep there. Not its default, Mnesia: what that has just stored, an
 * account too, is gone after SIGKILL, and with the accounts go the devices that this trial is about.
 */
export const ejabberd: KilledProgram = {
  name: 'ejabberd',
  prepare(folder, directTls) {
    const database = `${folder}/data/ejabberd.sqlite`
    if (!existsSync(database)) createTables(database)
    const modules = ['mod_disco', 'mod_ping', 'mod_roster', 'mod_carboncopy', 'mod_offline']
    const lines = [
      'loglevel: warning',
      'default_db: sql',
      'sql_type: sqlite',
      `sql_database: "${database}"`,
      'listen:',
      `  - { port: ${directTls}, ip: "127.0.0.1", module: ejabberd_c2s, tls: true, access: all, shaper: none }`,
      'modules:',
      ...modules.map((name) => `  ${name}: {}`),
      '  mod_stream_mgmt: { resend_on_timeout: true }',
      '  mod_mam: { default: always, assume_mam_usage: false }',
      '  mod_register: { ip_access: all, access: all, welcome_message: {} }',
    ]
    const mnesia = join(folder, 'data', 'mnesia')
    return prepareEjabberd({ folder, domain: KILLED_DOMAIN, mnesia, accounts: 'sql', lines })
  },
}
