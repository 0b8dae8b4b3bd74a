import type { LinkReport } from '@parlour/server-core'
import type { LinkPage } from '../federation/walk-step.ts'
import { bytesText, duration, plural } from './duration.ts'
import { printable } from './printable.ts'
import { hanging } from './wrap.ts'

/** One link as lines of a terminal. */
export function linkLines(link: LinkReport, now: number): string[] {
  const { local, remote, direction, state, since, lastError, remoteAddress } = link
  const arrow = direction === 'outgoing' ? '→' : '←'
  const age = duration(Math.max(0, (now - since) / 1000))
  const names = printable(`${local} ${arrow} ${remote}`)
  return [
    ...hanging('', `${names}  ${STATES[state]} for ${age}`),
    ...(link.tls ? hanging('  ', `${link.tls.protocol} ${link.tls.cipher}, ${remoteAddress}`) : []),
    ...(link.tls ? hanging('  ', featuresOf(link).join(', ')) : []),
    ...(waitingOf(link) === '' ? [] : hanging('  ', waitingOf(link))),
    ...(lastError === undefined ? [] : hanging('  last error: ', printable(lastError))),
  ]
}

const STATES: Readonly<Record<LinkReport['state'], string>> = {
  idle: 'idle',
  waiting: 'waiting for its turn to connect',
  connecting: 'connecting',
  established: 'established',
  resting: 'unreachable, to be tried again,',
  closed: 'closed',
}

function featuresOf({ authentication, direction, bidirectional, managed }: LinkReport): string[] {
  const isTheirs = direction === 'outgoing' && authentication === 'none' && bidirectional
  return [
    isTheirs ? 'on the stream that they opened' : METHODS[authentication],
    ...(bidirectional && !isTheirs ? ['both directions'] : []),
    ...(managed ? ['acknowledged'] : []),
  ]
}

const METHODS = { external: 'EXTERNAL', dialback: 'dialback', none: 'not authenticated' } as const

function waitingOf({ queueLength, queueBytes, pendingBytes }: LinkReport): string {
  return [
    ...(queueLength > 0 ? [`${plural(queueLength, 'stanza')} (${bytesText(queueBytes)}) in the queue`] : []),
    ...(pendingBytes > 0 ? [`${bytesText(pendingBytes)} on the way`] : []),
  ].join(', ')
}

/** What stands below the links. */
export function linksSummary(links: readonly LinkReport[]): string[] {
  const states = new Map<string, number>()
  for (const { state } of links) states.set(state, (states.get(state) ?? 0) + 1)
  const counts = [...states].map(([state, count]) => `${count} ${state}`).join(', ')
  const length = links.reduce((sum, { queueLength }) => sum + queueLength, 0)
  const bytes = links.reduce((sum, { queueBytes }) => sum + queueBytes, 0)
  const queues = length > 0 ? `; ${plural(length, 'stanza')} (${bytesText(bytes)}) in queues` : ''
  return ['', `${plural(links.length, 'link')}: ${counts}${queues}.`]
}

/** What is said when there are none. */
export function noLinksText({ idleSeconds, counters }: LinkPage, domain: string | undefined): string[] {
  const { stanzasSent = 0, stanzasReceived = 0 } = counters
  const withWhom = domain === undefined ? 'any other server' : printable(domain)
  return [
    `There is no link with ${withWhom} at this moment.`,
    ...hanging(
      '',
      `Links are made when there is something to send, and close after ${duration(idleSeconds)} without a stanza. Since the start ${plural(stanzasSent, 'stanza')} went to other servers and ${stanzasReceived.toLocaleString('en')} came from them.`,
    ),
    '',
    'To see whether another server can be reached:',
    `  parlour s2s test ${domain === undefined ? 'example.org' : printable(domain)}`,
    'To see whether others can find this one:',
    '  parlour check dns',
  ]
}
