import { relative, resolve } from 'node:path'
import type { Server } from '../create-server.ts'
import { componentsOf, listeningOf } from '../status.ts'

/** How the two programs are called here. */
export interface ProgramNames {
  readonly server: string
  readonly client: string
  /** What other commands need to find the same data folder, such as ` --data-folder other`; mostly nothing. */
  readonly options: string
}

type StartedServer = Pick<Server, 'configuration' | 'listeners' | 'components' | 'developmentAuthority'>

/** What the first start of a data folder says: everything that a person needs to talk to another. */
export function firstRunText(server: StartedServer, programs: ProgramNames): string[] {
  const domain = server.configuration.domains[0] ?? 'localhost'
  return [
    '',
    `Parlour is running for ${server.configuration.domains.join(', ')}.`,
    '',
    ...listeningLines(server),
    `  Data in ${resolve(server.configuration.dataFolder)}`,
    '',
    '1. Make two accounts, in another terminal (each asks for a password):',
    '',
    `     ${programs.server} user add alice@${domain}${programs.options}`,
    `     ${programs.server} user add bob@${domain}${programs.options}`,
    '',
    '2. Talk, in two more terminals:',
    '',
    `     ${programs.client} alice@${domain}${clientOptions(server, domain)}`,
    `     ${programs.client} bob@${domain}${clientOptions(server, domain)}`,
    '',
    `   and as alice: /msg bob@${domain} Hello, Bob!      (/help shows what else there is)`,
    '',
    ...otherClients(server, domain),
    `Stop with Ctrl-C. Later starts say less; all commands: ${programs.server} --help`,
    '',
  ]
}

/** What later starts say. */
export function laterRunText(server: StartedServer, programs: ProgramNames): string[] {
  return [
    '',
    `Parlour is running for ${server.configuration.domains.join(', ')}.`,
    ...listeningLines(server),
    `  Accounts: ${programs.server} user add <address>${programs.options} · All commands: ${programs.server} --help`,
    '',
  ]
}

function listeningLines({ listeners, components }: StartedServer): string[] {
  return [...listeningOf(listeners), ...componentsOf(components)].map(
    ({ kind, address, port }) => `  ${kind.padEnd(10)} port ${port}${place(address)}`,
  )
}

const place = (address: string): string => (address === '::' || address === '0.0.0.0' ? '' : ` at ${address}`)

/** From the current folder, unless that is the longer way. */
function pathOf(path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? resolve(path) : near
}

/** What a client on this machine needs to find and trust this server. */
function clientOptions({ developmentAuthority, listeners }: StartedServer, domain: string): string {
  const port = listeners.starttls?.address.port
  const service =
    listeners.directTls && !port ? `xmpps://localhost:${listeners.directTls.address.port}` : `localhost:${port}`
  const isFound = domain === 'localhost' && port === 5222
  const trust = developmentAuthority === undefined ? '' : ` --ca ${pathOf(developmentAuthority)}`
  return `${isFound ? '' : ` --server ${service}`}${trust}`
}

function otherClients({ developmentAuthority, listeners }: StartedServer, domain: string): string[] {
  const [first] = listeningOf(listeners)
  const port = first?.port ?? 5222
  if (developmentAuthority === undefined) {
    return [`   Any other XMPP client works too: sign in as alice@${domain}, port ${port}.`, '']
  }
  const path = resolve(developmentAuthority)
  return [
    `   Any other XMPP client works too: sign in as alice@${domain}, server ${domain}, port ${port}. It has to trust`,
    '   the certificate authority that was made for you; this file is all it needs (the key stays with the server):',
    '',
    `     ${path}`,
    '',
    `     profanity    /connect alice@${domain} server 127.0.0.1 port ${port}      and answer /tls allow to its question`,
    '     Dino, Gajim  trust it in the system: sudo cp <file> /usr/local/share/ca-certificates/parlour.crt',
    '                  && sudo update-ca-certificates       (macOS: open the file with Keychain Access)',
    `     Node.js      NODE_EXTRA_CA_CERTS=${path}`,
    '',
  ]
}
