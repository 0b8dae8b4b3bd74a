import { mkdirSync } from 'node:fs'
import { prepareEjabberd } from '../../support/ejabberd.ts'
import { PEER_COMPONENT, PEER_DOMAIN, type PeerProgram } from './peer.ts'

/** Debian's ejabberd in one Erlang machine without distribution, with registration and the modules that the cases need. */
export const ejabberd: PeerProgram = {
  name: 'ejabberd',
  needs: '/usr/sbin/ejabberdctl',
  prepare({ folder, starttls, directTls, components }) {
    mkdirSync(`${folder}/database`)
    const listener = (port: number, tls: string) =>
      `  - { port: ${port}, ip: "127.0.0.1", module: ejabberd_c2s, ${tls}: true, access: all, shaper: none }`
    const modules = [
      ...['mod_disco', 'mod_ping', 'mod_roster', 'mod_offline', 'mod_version', 'mod_time', 'mod_last', 'mod_private'],
      ...['mod_vcard', 'mod_stream_mgmt', 'mod_carboncopy'],
    ]
    const lines = [
      'loglevel: info',
      'listen:',
      listener(starttls, 'starttls_required'),
      listener(directTls, 'tls'),
      `  - { port: ${components}, ip: "127.0.0.1", module: ejabberd_service, hosts: { "${PEER_COMPONENT.domain}": { password: "${PEER_COMPONENT.secret}" } } }`,
      'modules:',
      ...modules.map((name) => `  ${name}: {}`),
      '  mod_mam: { default: always }',
      '  mod_register: { ip_access: all, access: all, welcome_message: {} }',
    ]
    return prepareEjabberd({ folder, domain: PEER_DOMAIN, mnesia: `${folder}/database`, lines })
  },
}
