import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/waiting.ts'
import type { Site } from '../network.ts'
import { PASSWORD, type ServerProduct, USERS } from './federated-server.ts'
import { type Prepared, ProgramServer } from './program.ts'

const MODULES = 'disco ping roster offline version stream_mgmt s2s_dialback'.split(' ')

/** Debian's ejabberd. It takes certificates that verify, and dialback from all others. */
export const ejabberd: ServerProduct = {
  name: 'ejabberd',
  needs: '/usr/sbin/ejabberdctl',
  abilities: { withoutTls: true },
  at: async (site) => new ProgramServer(site, await prepare(site)),
}

async function prepare(site: Site): Promise<Prepared> {
  const { folder } = site
  const ports = { clientPort: await freePort(), serverPort: await freePort(), serverDirectTlsPort: await freePort() }
  mkdirSync(`${folder}/database`)
  writeConfiguration(site, ports)
  const [address, port] = site.nameServer.split(':') as [string, string]
  writeFileSync(
    `${folder}/inetrc`,
    `{resolv_conf, "/dev/null"}. {hosts_file, "/dev/null"}. {nameserver, {${address.split('.')}}, ${port}}. {lookup, [dns]}.\n`,
  )
  const environment = {
    EJABBERD_CONFIG_PATH: `${folder}/ejabberd.yml`,
    EJABBERD_LOG_PATH: `${folder}/ejabberd.log`,
    EJABBERD_PID_PATH: `${folder}/ejabberd.pid`,
    ERL_INETRC: `${folder}/inetrc`,
    ERL_CRASH_DUMP_BYTES: '0',
    // Debian puts Erlang's libraries below the folder of the machine's architecture.
    ERL_LIBS: dirname(globSync('/usr/lib/*/ejabberd-*')[0] ?? '/usr/lib'),
  }
  const args = ['-noshell', '-noinput', '-mnesia', 'dir', `"${folder}/database"`, '-s', 'ejabberd']
  args.push('-eval', registration(site))
  return { command: 'erl', args, environment, ...ports, ready: () => registered(folder) }
}

type Ports = Pick<Prepared, 'clientPort' | 'serverPort' | 'serverDirectTlsPort'>

function writeConfiguration({ folder, domains, authority }: Site, ports: Ports) {
  const files = domains.map(({ kind, certificate, key }) => {
    const file = `${folder}/${kind}.both.pem`
    writeFileSync(file, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'))
    return { kind, file }
  })
  const listener = (port: number, rest: string) => `  - { port: ${port}, ip: "127.0.0.1", shaper: none, ${rest} }`
  const plain = domains.find(({ kind }) => kind === 'plain')?.name
  const lines = [
    'loglevel: debug',
    `hosts: [${domains.map(({ name }) => `"${name}"`)}]`,
    'certfiles:',
    ...files.filter(({ kind }) => kind !== 'plain').map(({ file }) => `  - "${file}"`),
    `ca_file: "${authority}"`,
    'acme: { auto: false }',
    'auth_method: internal',
    's2s_use_starttls: required',
    's2s_timeout: 20',
    's2s_max_retry_delay: 1',
    'host_config:',
    `  "${plain}":`,
    '    s2s_use_starttls: false',
    'listen:',
    listener(ports.clientPort, 'module: ejabberd_c2s, starttls: true, access: all'),
    listener(ports.serverPort, 'module: ejabberd_s2s_in'),
    listener(ports.serverDirectTlsPort, 'module: ejabberd_s2s_in, tls: true'),
    'modules:',
    ...MODULES.map((name) => `  mod_${name}: {}`),
  ]
  writeFileSync(`${folder}/ejabberd.yml`, `${lines.join('\n')}\n`)
}

/** What makes the accounts, after the server has started; those that are there already stay. */
function registration({ folder, domains }: Site): string {
  const hosts = domains.map(({ name }) => `<<"${name}">>`)
  const users = USERS.map((name) => `<<"${name}">>`)
  return [
    `[ejabberd_auth:try_register(U, H, <<"${PASSWORD}">>) || H <- [${hosts}], U <- [${users}]]`,
    `file:write_file("${folder}/accounts.log", "made", [append]).`,
  ].join(', ')
}

async function registered(folder: string): Promise<void> {
  const made = () => globSync(`${folder}/accounts.log`).length > 0
  await until(made, 30_000, 'ejabberd has accounts', 100)
}
