import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Kernel } from '@parlour/server-core'
import { federationStatus } from '../federation/status.ts'
import { VERSION } from '../version.ts'

/** What a metric is, and how to read it. Names follow Prometheus: base units, `_total` for counters. */
interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** One value, or one for each value of a label. */
  read(): number | Readonly<Record<string, number>>
  readonly label?: string
}

/** Reads metrics; event-loop delay is sampled as long as it is not disposed. */
export interface Metrics extends Disposable {
  /** In the text format of Prometheus, version 0.0.4. */
  text(): string
}

/** Milliseconds between the timers by which the delay of the event loop is measured. */
const DELAY_RESOLUTION = 50

/** The content type of {@link Metrics.text}. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export function createMetrics(kernel: Kernel, extra: readonly Metric[] = []): Metrics {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION })
  delay.enable()
  const metrics = [...kernelMetrics(kernel), ...federationMetrics(kernel), ...processMetrics(delay), ...extra]
  return {
    text: () => `${metrics.map(textOf).join('')}`,
    [Symbol.dispose]: () => void delay.disable(),
  }
}

function kernelMetrics({ counters, directory, streams, streamManagement }: Kernel): Metric[] {
  const counter = (name: string, help: string, read: () => number): Metric => ({ name, type: 'counter', help, read })
  const gauge = (name: string, help: string, read: () => number): Metric => ({ name, type: 'gauge', help, read })
  return [
    gauge('parlour_connections', 'Client connections at this moment.', () => streams.size),
    gauge('parlour_sessions', 'Sessions that have bound a resource.', () => directory.size),
    gauge('parlour_accounts_online', 'Accounts with at least one session.', () => directory.accounts),
    gauge(
      'parlour_sessions_detached',
      'Sessions that wait to be resumed (XEP-0198).',
      () => streamManagement.counts.detached,
    ),
    counter(
      'parlour_sessions_resumed_total',
      'Sessions that were resumed (XEP-0198).',
      () => streamManagement.counts.resumed,
    ),
    counter(
      'parlour_sessions_expired_total',
      'Sessions that were not resumed in time (XEP-0198).',
      () => streamManagement.counts.expired,
    ),
    counter('parlour_connections_total', 'Client connections accepted.', () => counters.connections),
    counter('parlour_sign_ins_total', 'Sessions that have bound a resource, since the start.', () => counters.signedIn),
    counter('parlour_failed_sign_ins_total', 'Authentication attempts refused.', () => counters.failedSignIns),
    {
      ...{ name: 'parlour_stanzas_total', type: 'counter', help: 'Stanzas received from clients.', label: 'kind' },
      read: () => ({ message: counters.messages, presence: counters.presences, iq: counters.iqs }),
    },
    counter('parlour_stream_errors_total', 'Streams that the server ended with an error.', () => counters.streamErrors),
    counter('parlour_internal_errors_total', 'Faults of the server or its modules.', () => counters.internalErrors),
  ]
}

/** None without federation. */
function federationMetrics({ federation }: Kernel): Metric[] {
  if (!federation) return []
  const { counters } = federation
  return [
    {
      ...{ name: 'parlour_s2s_links', type: 'gauge', label: 'state' },
      help: 'Links with servers of other domains, each direction for itself.',
      read: () => federationStatus(federation).links,
    },
    {
      ...{ name: 'parlour_s2s_queue_bytes', type: 'gauge', help: 'Stanzas that wait for servers of other domains.' },
      read: () => federationStatus(federation).queuedBytes,
    },
    {
      ...{ name: 'parlour_s2s_stanzas_total', type: 'counter', label: 'direction' },
      help: 'Stanzas exchanged with servers of other domains.',
      read: () => ({ in: counters.stanzasReceived, out: counters.stanzasSent }),
    },
    {
      ...{ name: 'parlour_s2s_failures_total', type: 'counter', label: 'kind' },
      help: 'Other servers that were not reached or were lost, and streams of theirs that were refused.',
      read: () => ({ unreached: counters.failures, refused: counters.refusals }),
    },
  ]
}

/** @param health of the storage */
export const storageMetric = (health: { readonly isFailing: boolean }): Metric => ({
  ...{ name: 'parlour_storage_failing', type: 'gauge', read: () => (health.isFailing ? 1 : 0) },
  help: 'Whether the storage refuses what is to be stored, as on a full disk.',
})

function processMetrics(delay: ReturnType<typeof monitorEventLoopDelay>): Metric[] {
  const startedAt = performance.timeOrigin / 1000
  const quantiles = { '0.5': 50, '0.9': 90, '0.99': 99 }
  // What is measured is the time between two timers, so it contains the time that was asked for.
  const secondsAt = (percentile: number) =>
    Math.max(0, delay.percentile(percentile) / 1e9 - DELAY_RESOLUTION / 1000 || 0)
  return [
    {
      ...{ name: 'parlour_event_loop_delay_seconds', type: 'gauge', label: 'quantile' },
      help: 'How late timers come, since the last reading.',
      read() {
        const values = Object.entries(quantiles).map(([name, percentile]) => [name, secondsAt(percentile)] as const)
        delay.reset()
        return Object.fromEntries(values)
      },
    },
    {
      ...{ name: 'parlour_memory_bytes', type: 'gauge', help: 'Memory of the process.', label: 'kind' },
      read() {
        const { rss, heapUsed, external } = process.memoryUsage()
        return { resident: rss, heap: heapUsed, external }
      },
    },
    {
      ...{ name: 'process_cpu_seconds_total', type: 'counter', help: 'CPU time of the process, all threads.' },
      read() {
        const { user, system } = process.cpuUsage()
        return (user + system) / 1e6
      },
    },
    {
      ...{ name: 'process_start_time_seconds', type: 'gauge', help: 'When the process began, in seconds since 1970.' },
      read: () => startedAt,
    },
    { name: 'parlour_info', type: 'gauge', help: 'The version.', label: 'version', read: () => ({ [VERSION]: 1 }) },
  ]
}

function textOf({ name, type, help, read, label }: Metric): string {
  const value = read()
  const lines =
    typeof value === 'number'
      ? [`${name} ${value}`]
      : Object.entries(value).map(([key, each]) => `${name}{${label}="${key}"} ${each}`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`
}
