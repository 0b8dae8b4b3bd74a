import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { PEER_COMPONENT, PEER_DOMAIN, type PeerProgram } from './peer.ts'

/** Debian's ejabberd in one Erlang machine without distribution, with registration and the modules that the cases need. */
export const ejabberd: PeerProgram = {
  name: 'ejabberd',
  needs: '/usr/sbin/ejabberdctl',
  prepare({ folder, starttls, directTls, components }) {
    mkdirSync(`${folder}/database`)
    const [certificate, key] = ['certificate', 'key'].map((name) => readFileSync(`${folder}/${name}.pem`, 'utf8'))
    writeFileSync(`${folder}/both.pem`, `${certificate}${key}`)
    const listener = (port: number, tls: string) =>
      `  - { port: ${port}, ip: "127.0.0.1", module: ejabberd_c2s, ${tls}: true, access: all, shaper: none }`
    const modules = [
      ...['mod_disco', 'mod_ping', 'mod_roster', 'mod_offline', 'mod_version', 'mod_time', 'mod_last', 'mod_private'],
      ...['mod_vcard', 'mod_stream_mgmt', 'mod_carboncopy'],
    ]
    const lines = [
      'loglevel: info',
      `hosts: ["${PEER_DOMAIN}"]`,
      `certfiles: ["${folder}/both.pem"]`,
      'acme: { auto: false }',
      'auth_method: internal',
      'auth_password_format: scram',
      'registration_timeout: infinity',
      'listen:',
      listener(starttls, 'starttls_required'),
      listener(directTls, 'tls'),
      `  - { port: ${components}, ip: "127.0.0.1", module: ejabberd_service, hosts: { "${PEER_COMPONENT.domain}": { password: "${PEER_COMPONENT.secret}" } } }`,
      'modules:',
      ...modules.map((name) => `  ${name}: {}`),
      '  mod_mam: { default: always }',
      '  mod_register: { ip_access: all, access: all, welcome_message: {} }',
    ]
    writeFileSync(`${folder}/ejabberd.yml`, `${lines.join('\n')}\n`)
    const environment = {
      EJABBERD_CONFIG_PATH: `${folder}/ejabberd.yml`,
      EJABBERD_LOG_PATH: `${folder}/ejabberd.log`,
      EJABBERD_PID_PATH: `${folder}/ejabberd.pid`,
      ERL_CRASH_DUMP_BYTES: '0',
      // Debian puts Erlang's libraries below the folder of the machine's architecture.
      ERL_LIBS: dirname(globSync('/usr/lib/*/ejabberd-*')[0] ?? '/usr/lib'),
    }
    const args = ['-noshell', '-noinput', '-mnesia', 'dir', `"${folder}/database"`, '-s', 'ejabberd']
    return { command: 'erl', args, environment }
  },
}
