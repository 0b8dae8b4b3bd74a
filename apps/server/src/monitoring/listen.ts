import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Kernel, Logger } from '@parlour/server-core'
import type { Storage } from '@parlour/storage'
import type { Configuration } from '../configuration/schema.ts'
import { createMetrics, METRICS_CONTENT_TYPE, type Metrics, storageMetric } from './metrics.ts'

/** The monitoring port. */
export interface Monitoring extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number }
}

/** Milliseconds within which the storage answers a healthy server. */
const STORAGE_PATIENCE = 2000

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** What is monitored. */
interface Monitored {
  readonly kernel: Kernel
  readonly storage: Storage
  /** Whether the storage refuses what is to be stored: a disk that is full can still be read. */
  readonly health: { readonly isFailing: boolean }
  readonly log: Logger
}

/** Opens the HTTP port for `/metrics` and `/health`, unless the configuration has none. */
export async function listenForMonitoring(
  { monitoring }: Configuration,
  { kernel, storage, health, log }: Monitored,
): Promise<Monitoring | undefined> {
  if (monitoring.port === false) return undefined
  const metrics = createMetrics(kernel, [storageMetric(health)])
  const server = createServer({ requestTimeout: 5000, headersTimeout: 5000 }, (request, response) => {
    void respond(request, response, metrics, { storage, health })
  })
  server.maxConnections = 64
  await listening(server, monitoring.port, monitoring.address).catch((error: unknown) => {
    metrics[Symbol.dispose]()
    throw error
  })
  server.on('error', (error) => log.error({ error }, 'the monitoring port failed'))
  const { address: host, port } = server.address() as AddressInfo
  return { address: { host, port }, [Symbol.asyncDispose]: () => close(server, metrics) }
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function close(server: Server, metrics: Metrics): Promise<void> {
  metrics[Symbol.dispose]()
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function respond(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  metrics: Metrics,
  watched: Pick<Monitored, 'storage' | 'health'>,
): Promise<void> {
  const { status, type, body } = await answerTo(method, url, metrics, watched)
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  response.end(method === 'HEAD' ? undefined : body)
}

async function answerTo(
  method: string | undefined,
  url: string | undefined,
  metrics: Metrics,
  watched: Pick<Monitored, 'storage' | 'health'>,
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'GET only\n')
  const path = url?.split('?', 1)[0]
  if (path === '/metrics') return { status: 200, type: METRICS_CONTENT_TYPE, body: metrics.text() }
  if (path === '/health') return healthOf(watched)
  return text(404, 'there are /metrics and /health\n')
}

/**
 * 503 while the storage does not answer, 200 otherwise. While it answers but stores nothing, as on a full disk, the status is
 * `degraded`: all that needs no storing goes on, and a new start would mend nothing.
 */
async function healthOf({ storage, health }: Pick<Monitored, 'storage' | 'health'>): Promise<Answer> {
  const fault = await faultOf(storage)
  const body =
    fault !== undefined
      ? { status: 'failing', storage: fault }
      : health.isFailing
        ? { status: 'degraded', storage: 'what is to be stored is refused: see the log' }
        : { status: 'ok' }
  return { status: fault === undefined ? 200 : 503, type: 'application/json', body: `${JSON.stringify(body)}\n` }
}

async function faultOf(storage: Storage): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${STORAGE_PATIENCE} ms`), STORAGE_PATIENCE)
  })
  try {
    const answer = storage.get('health', '', '').then(() => undefined)
    return await Promise.race([answer, tooLate])
  } catch (error) {
    return (error as Error).message
  } finally {
    clearTimeout(timer)
  }
}

const text = (status: number, body: string): Answer => ({ status, type: 'text/plain; charset=utf-8', body })
