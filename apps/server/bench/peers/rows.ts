import type { Extent } from './options.ts'
import type { Scene } from './scene.ts'
import { isEmpty, type Measurement } from './xload.ts'

/** What a row shows for one server, in {@link Row.unit}. */
export interface Figure {
  readonly label: string
  readonly unit: 'µs' | 'ms' | 'KiB' | '/s'
  of(found: Measurement): number
  /** Of this figure; the row's target is that of its first figure. */
  readonly target?: Target
}

/** The figures of one row: the median of each server. */
export type Medians = Readonly<Record<string, number>>

/** What the first product set itself for a row. */
export interface Target {
  readonly text: string
  isMet(medians: Medians, fresh: Medians | undefined): boolean
}

export interface Row {
  readonly name: string
  readonly what: string
  readonly args: readonly string[]
  readonly figures: readonly Figure[]
  readonly target?: Target
  /** Accounts user1..userN that it signs in to. */
  readonly accounts: number
  /** Scenario that fills rosters, once for all rows. */
  readonly contacts?: readonly string[]
  /** What comes before its first run, for each server. */
  readonly before?: readonly (readonly string[])[]
  /** Measured on servers just started, once. */
  readonly onFresh?: boolean
  /** Without it: `alone`. */
  readonly scene?: Scene
  /** By the extent of this run. */
  readonly isLeftOut?: boolean
}

const time = (label: string, key: string, unit: 'µs' | 'ms' = 'µs'): Figure => ({
  ...{ label, unit },
  of: (found) => (isEmpty(found) ? Number.NaN : Number(found[key]) / (unit === 'ms' ? 1000 : 1)),
})

const others = (medians: Medians) => Object.entries(medians).filter(([name]) => name !== 'parlour')
const parlour = (medians: Medians) => medians.parlour as number
const belowAll: Target = {
  text: 'less than both',
  isMet: (medians) => others(medians).every(([, figure]) => parlour(medians) < figure),
}
const halfOfProsody: Target = {
  text: 'at most half of tuned Prosody',
  isMet: (medians) => parlour(medians) <= (medians.prosody as number) / 2,
}
const belowEjabberd: Target = {
  text: 'less than ejabberd',
  isMet: (medians) => parlour(medians) < (medians.ejabberd as number),
}
/** Rows differ by some 10% from run to run, so that less is no growth. */
const noGrowth: Target = {
  text: 'as fresh (within 15%), at most half of tuned Prosody',
  isMet: (medians, fresh) =>
    halfOfProsody.isMet(medians, fresh) && (!fresh || parlour(medians) <= parlour(fresh) * 1.15),
}
const rate = (target: Target): Figure => ({
  ...{ label: 'messages', unit: '/s', target },
  of: (found) => (isEmpty(found) ? Number.NaN : Number(found.msg_per_s)),
})
const archived: Target = { text: 'at most 60 µs', isMet: (medians) => parlour(medians) <= 60 }
/** CPU ms that the generator's fixed piece of arithmetic took on the machine on which targets in µs were set. */
const CALIBRATION = 4.07
const scaled: Figure = {
  ...{ label: `message, scaled to a machine with calibration ${CALIBRATION} ms`, unit: 'µs', target: archived },
  of: (found) => (message.of(found) * CALIBRATION) / Number(found.calib_cpu_ms),
}
const twentyfold: Target = {
  text: '20 times as many as either',
  isMet: (medians) => others(medians).every(([, figure]) => parlour(medians) >= 20 * figure),
}
const moreThanProsody: Target = {
  text: 'more than tuned Prosody',
  isMet: (medians) => parlour(medians) > (medians.prosody as number),
}
const thirdOfBest: Target = {
  text: 'at most a third of the best peer',
  isMet: (medians) => others(medians).every(([, figure]) => parlour(medians) <= figure / 3),
}
const memory: Target = { text: 'at most 60 KiB', isMet: (medians) => parlour(medians) <= 60 }

/** The common arguments of the rows. */
function argumentsOf({ seconds }: Extent) {
  const window = ['--secs', String(seconds), '--warm', seconds < 3 ? '1' : '2']
  const tls = ['--tls', 'starttls', ...window]
  const chat = ['chat', ...tls, '--pairs', '50']
  const contacts = ['-n', '200', '--contacts', '20', '--first', '201']
  return {
    window,
    tls,
    chat,
    burst: [...chat, '--window', '4', '--body', '64'],
    contacts,
    seed: ['seed-roster', ...contacts],
  }
}

/** What was stored for somebody who is away, and what it costs when they come. */
const stored: readonly Figure[] = [
  { ...time('stored', 'cpu_us_per_stored'), target: thirdOfBest },
  { ...time('fetched', 'fetch_cpu_us_per_msg'), target: thirdOfBest },
]
const message = time('message', 'cpu_us_per_msg')
const request = time('request', 'cpu_us_per_iq')

/** All rows, in the order in which they run: those that make a server old come late. */
export const benchRows = (extent: Extent): readonly Row[] => [
  ...exchangeRows(extent),
  ...contactRows(extent),
  ...storedRows(extent),
  ...agedRows(extent),
  ...memoryRows(extent),
  ...acrossRows(extent),
  ...archiveRows(extent),
]

function exchangeRows(extent: Extent): Row[] {
  const { tls, chat, burst } = argumentsOf(extent)
  const rich = [...burst, '--sm', '--rich']
  return [
    {
      name: 'chat-64-tls',
      what: '50 pairs, 4 messages of 64 bytes in flight each way',
      // One run before: compilers at run time cost three times as much until they have done their work.
      ...{ args: burst, before: [burst], figures: [message], target: halfOfProsody, accounts: 100 },
    },
    {
      name: 'chat-64-tls-sm-rich',
      what: 'the same with XEP-0198 on both sides, markers, receipts and ids in each message',
      ...{ args: rich, before: [rich], figures: [message], target: belowAll, accounts: 100 },
    },
    {
      name: 'rate-1000-tls',
      what: '1,000 messages a second, one at a time',
      ...{ args: [...chat, '--rate', '1000'], figures: [message], target: belowAll, accounts: 100 },
    },
    {
      name: 'ping-tls',
      what: '100 sessions, 4 pings in flight each',
      ...{ args: ['iq', ...tls, '-n', '100'], figures: [request], target: belowAll, accounts: 100 },
    },
  ]
}

/** Chat whose messages are archived for both sides, with XEP-0198 on both. */
function archiveRows(extent: Extent): Row[] {
  const { chat, burst } = argumentsOf(extent)
  const acknowledged = [...burst, '--sm']
  const common = { accounts: 100, before: [acknowledged, acknowledged], target: archived }
  return [
    {
      name: 'archive-sqlite-chat-64',
      what: '50 pairs, 4 messages of 64 bytes in flight each way, archived for both sides; all three in SQLite',
      ...{ args: acknowledged, figures: [message, scaled, rate(twentyfold)], scene: 'archive-sqlite', ...common },
    },
    {
      name: 'archive-chat-64',
      what: 'the same; Prosody in files that it does not sync, ejabberd in Mnesia',
      ...{ args: acknowledged, figures: [message, scaled, rate(moreThanProsody)], scene: 'archive-own', ...common },
    },
    {
      name: 'archive-chat-1024',
      what: 'the same with 1,024 bytes',
      args: [...chat, '--window', '4', '--body', '1024', '--sm'],
      ...{ figures: [message, scaled, rate(moreThanProsody)], scene: 'archive-own', ...common },
    },
  ]
}

function contactRows(extent: Extent): Row[] {
  const { tls, contacts, seed } = argumentsOf(extent)
  return [
    {
      name: 'roster-tls',
      what: 'rosters of 20 contacts, 4 requests in flight from each of 100 sessions',
      args: ['iq', ...tls, '-n', '100', '--first', '201', '--iq', 'roster'],
      ...{ figures: [request], accounts: 400, contacts: seed },
    },
    {
      name: 'presence-tls',
      what: '200 users with 20 contacts each, 32 broadcasts under way; per delivery',
      args: ['presence', ...tls, ...contacts, '--window', '32'],
      figures: [time('delivery', 'cpu_us_per_presence')],
      ...{ target: belowAll, accounts: 400, contacts: seed },
    },
  ]
}

function storedRows({ signIns }: Extent): Row[] {
  const signIn = ['login', '--tls', 'starttls', '-n', String(signIns)]
  return [
    {
      name: 'offline',
      what: '50 senders with 200 messages each for accounts that are away, which then come and fetch them',
      args: ['offline', '--pairs', '50', '--msgs', '200', '--first', '101'],
      ...{ figures: stored, accounts: 200 },
    },
    {
      name: 'sm-resume',
      what: '50 senders with 200 messages each for sessions whose connection was lost, which then resume them',
      args: ['sm', '--pairs', '50', '--msgs', '200', '--first', '101'],
      figures: [time('stored', 'cpu_us_per_stored'), time('fetched', 'fetch_cpu_us_per_msg')],
      accounts: 200,
    },
    {
      name: 'login-starttls',
      what: 'sign-in with SCRAM over STARTTLS, TLS handshake included',
      args: signIn,
      // The generator warms up by time everywhere else: compilers at run time need it here too.
      before: [signIn, signIn],
      figures: [time('sign-in', 'cpu_us_per_login', 'ms')],
      ...{ target: belowEjabberd, accounts: signIns },
    },
  ]
}

/** Accounts that sign in over and over to make a server old. */
const AGEING_ACCOUNTS = 2000

function agedRows(extent: Extent): Row[] {
  const { burst } = argumentsOf(extent)
  const { ageing, background } = extent
  const ages = Array.from({ length: Math.ceil(ageing / AGEING_ACCOUNTS) }, () => [
    ...['login', '--tls', 'starttls', '-n', String(AGEING_ACCOUNTS)],
  ])
  return [
    {
      name: 'chat-64-tls-aged',
      what: `the same chat after ${ageing.toLocaleString('en')} sign-ins`,
      ...{ args: burst, figures: [message], target: noGrowth, accounts: AGEING_ACCOUNTS },
      ...{ before: ages, isLeftOut: ageing === 0 },
    },
    {
      name: 'chat-64-tls-beside-idle',
      what: `the same chat beside ${background.toLocaleString('en')} idle sessions`,
      args: [...burst, '--background', String(background), '--conc', '50', '--src-ips', '4'],
      ...{ figures: [message], target: noGrowth, accounts: 100 + background, isLeftOut: background === 0 },
    },
  ]
}

function acrossRows(extent: Extent): Row[] {
  const { window } = argumentsOf(extent)
  const chat = ['chat', ...window, '--pairs', '10', '--body', '64']
  const burst = [...chat, '--window', '4']
  // A pair has served nothing before; who compiles at run time has not yet.
  const common = { figures: [message], target: belowAll, accounts: 20, scene: 'across', before: [burst] } as const
  return [
    {
      name: 's2s-chat-64',
      what: 'between two servers, TLS between them: 10 pairs, 4 messages of 64 bytes in flight each way; CPU of both',
      ...{ args: burst, ...common },
    },
    {
      name: 's2s-rate-1000',
      what: 'between two servers: 1,000 messages a second, one at a time; CPU of both',
      ...{ args: [...chat, '--rate', '1000'], ...common },
    },
  ]
}

function memoryRows({ idle }: Extent): Row[] {
  return [
    {
      name: 'idle-tls',
      what: `memory of each of ${idle.toLocaleString('en')} idle TLS sessions with presence, held for ten seconds`,
      args: ['idle', '--tls', 'starttls', '-n', String(idle), '--conc', '50', '--src-ips', '4', '--hold', '10'],
      figures: [{ label: 'session', unit: 'KiB', of: (found) => Number(found.rss_held_kib_per_session) }],
      ...{ target: memory, accounts: idle, onFresh: true },
    },
  ]
}
