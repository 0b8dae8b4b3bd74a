import { mkdirSync, writeFileSync } from 'node:fs'
import { PEER_COMPONENT, PEER_DOMAIN, type PeerProgram } from './peer.ts'

/** Debian's Prosody with registration and the modules that the cases need. */
export const prosody: PeerProgram = {
  name: 'prosody',
  needs: '/usr/bin/prosody',
  prepare({ folder, starttls, directTls, components }) {
    mkdirSync(`${folder}/data`)
    const tls = `{ certificate = "${folder}/certificate.pem", key = "${folder}/key.pem" }`
    const modules =
      'roster saslauth tls disco ping register presence message iq offline posix version time uptime lastactivity private vcard carbons mam smacks'
    const lines = [
      'run_as_root = true',
      `pidfile = "${folder}/prosody.pid"`,
      `data_path = "${folder}/data"`,
      'interfaces = { "127.0.0.1" }',
      `c2s_ports = { ${starttls} }`,
      `c2s_direct_tls_ports = { ${directTls} }`,
      'c2s_direct_tls_interfaces = { "127.0.0.1" }',
      `component_ports = { ${components} }`,
      's2s_ports = { }',
      'http_ports = { }',
      'https_ports = { }',
      'modules_disabled = { "s2s" }',
      `modules_enabled = { ${modules.split(' ').map((name) => `"${name}"`)} }`,
      'default_archive_policy = true',
      'allow_registration = true',
      'c2s_require_encryption = true',
      'authentication = "internal_hashed"',
      'storage = "internal"',
      `log = { { levels = { min = "info" }, to = "file", filename = "${folder}/prosody.log" } }`,
      `ssl = ${tls}`,
      `c2s_direct_tls_ssl = ${tls}`,
      `VirtualHost "${PEER_DOMAIN}"`,
      `Component "${PEER_COMPONENT.domain}"`,
      `  component_secret = "${PEER_COMPONENT.secret}"`,
    ]
    writeFileSync(`${folder}/prosody.cfg.lua`, `${lines.join('\n')}\n`)
    return { command: 'prosody', args: ['-F', '--config', `${folder}/prosody.cfg.lua`], environment: {} }
  },
}
