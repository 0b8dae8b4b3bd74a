import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { freePort } from '../../support/free-port.ts'
import type { Domain, Site } from '../network.ts'
import { PASSWORD, type ServerProduct, USERS } from './federated-server.ts'
import { type Prepared, ProgramServer } from './program.ts'

const MODULES =
  'roster saslauth tls dialback disco ping presence message iq offline posix version smacks s2s_bidi'.split(' ')

/** Debian's Prosody. It takes certificates that verify, and dialback from all others. */
export const prosody: ServerProduct = {
  name: 'Prosody',
  needs: '/usr/bin/prosody',
  abilities: { withoutTls: true },
  at: async (site) => new ProgramServer(site, await prepare(site)),
}

async function prepare({ folder, domains, nameServer, authority }: Site): Promise<Prepared> {
  const [clientPort, serverPort, serverDirectTlsPort] = [await freePort(), await freePort(), await freePort()]
  for (const { name } of domains) writeAccounts(folder, name)
  copyCertificates(folder, domains)
  const file = `${folder}/prosody.cfg.lua`
  const lines = [
    'run_as_root = true',
    `pidfile = "${folder}/prosody.pid"`,
    `certificates = "${folder}/certificates"`,
    `data_path = "${folder}/data"`,
    'interfaces = { "127.0.0.1" }',
    `c2s_ports = { ${clientPort} }`,
    `s2s_ports = { ${serverPort} }`,
    `s2s_direct_tls_ports = { ${serverDirectTlsPort} }`,
    ...['c2s_direct_tls_ports', 'http_ports', 'https_ports'].map((name) => `${name} = { }`),
    `modules_enabled = { ${MODULES.map((name) => `"${name}"`)} }`,
    'c2s_require_encryption = false',
    's2s_require_encryption = false',
    's2s_secure_auth = false',
    'authentication = "internal_plain"',
    'storage = "internal"',
    // Its resolver otherwise asks nobody on this machine.
    `unbound = { resolvconf = false, hoststxt = false, forward = { "${nameServer.replace(':', '@')}" }, options = { ["do-not-query-localhost:"] = "no" } }`,
    `log = { { levels = { min = "debug" }, to = "file", filename = "${folder}/prosody.log" } }`,
    ...domains.flatMap((domain) => virtualHost(domain, authority)),
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return { command: 'prosody', args: ['-F', '--config', file], clientPort, serverPort, serverDirectTlsPort }
}

function virtualHost({ name, kind, certificate, key }: Domain, authority: string): string[] {
  return [
    `VirtualHost "${name}"`,
    `ssl = { certificate = "${certificate}", key = "${key}", cafile = "${authority}" }`,
    ...(kind === 'plain' ? ['modules_disabled = { "tls" }'] : []),
  ]
}

/** For direct TLS it looks for them by domain, whatever its hosts are configured with. */
function copyCertificates(folder: string, domains: readonly Domain[]): void {
  mkdirSync(`${folder}/certificates`)
  for (const { name, certificate, key } of domains) {
    copyFileSync(certificate, `${folder}/certificates/${name}.crt`)
    copyFileSync(key, `${folder}/certificates/${name}.key`)
  }
}

/** As its own storage writes them. */
function writeAccounts(folder: string, domain: string): void {
  const place = `${folder}/data/${domain.replace(/\W/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}/accounts`
  mkdirSync(place, { recursive: true })
  for (const user of USERS) writeFileSync(`${place}/${user}.dat`, `return { ["password"] = "${PASSWORD}" };\n`)
}
